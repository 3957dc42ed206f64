package org.tiian.flom;

/** A call that did not end with {@link FlomErrorCodes#FLOM_RC_OK}. */
public class FlomException extends Exception {
    private static final long serialVersionUID = 1L;

    private final int returnCode;
    private final String sentence;

    /** @param returnCode one of {@link FlomErrorCodes} */
    public FlomException(int returnCode) {
        this(returnCode, "");
    }

    FlomException(int returnCode, String sentence) {
        super(FlomErrorCodes.getText(returnCode));
        this.returnCode = returnCode;
        this.sentence = sentence == null ? "" : sentence;
    }

    /** @return one of {@link FlomErrorCodes} */
    public int getReturnCode() {
        return returnCode;
    }

    /** @return what failed, with which name or address, in a sentence; empty if the library has none */
    public String getSentence() {
        return sentence;
    }
}
