internal import FlomConfiguration
internal import FlomModel
internal import FlomSettings

extension Value {
    static func buckets(_ text: String) throws(Refused) -> HistogramBounds {
        guard let bounds = HistogramBounds(text: text) else {
            throw Refused(
                accepted: "up to \(HistogramBounds.most) ascending numbers of seconds, separated by commas, as in 0.001,0.1,1,60")
        }
        return bounds
    }

    static func monitorPlace(_ text: String) throws(Refused) -> MonitorPlace {
        guard let place = MonitorPlace(text: text) else {
            throw Refused(accepted: "ADDRESS:PORT, as in 127.0.0.1:9650 or [::1]:9650, or the absolute path of a socket")
        }
        return place
    }
}
