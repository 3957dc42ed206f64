internal import FlomConfiguration
internal import FlomSettings

extension Value {
    static func monitorPlace(_ text: String) throws(Refused) -> MonitorPlace {
        guard let place = MonitorPlace(text: text) else {
            throw Refused(accepted: "ADDRESS:PORT, as in 127.0.0.1:9650 or [::1]:9650, or the absolute path of a socket")
        }
        return place
    }
}
