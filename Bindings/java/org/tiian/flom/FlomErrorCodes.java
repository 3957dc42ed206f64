package org.tiian.flom;

/** The codes of the library, FLOM_RC_ and FLOM_ES_, as constants of this class. */
public class FlomErrorCodes implements FlomNativeConstants {
    private FlomErrorCodes() {}

    /**
     * @param returnCode any number
     * @return a sentence about it, never null
     */
    public static String getText(int returnCode) {
        return FlomNative.flom_strerror(returnCode);
    }
}
