package org.tiian.flom;

/** The lock modes, for {@link FlomHandle#setLockMode}. */
public class FlomLockModes {
    public static final int FLOM_LOCK_MODE_NL = FlomNativeConstants.FLOM_LOCK_MODE_NL;
    public static final int FLOM_LOCK_MODE_CR = FlomNativeConstants.FLOM_LOCK_MODE_CR;
    public static final int FLOM_LOCK_MODE_CW = FlomNativeConstants.FLOM_LOCK_MODE_CW;
    public static final int FLOM_LOCK_MODE_PR = FlomNativeConstants.FLOM_LOCK_MODE_PR;
    public static final int FLOM_LOCK_MODE_PW = FlomNativeConstants.FLOM_LOCK_MODE_PW;
    public static final int FLOM_LOCK_MODE_EX = FlomNativeConstants.FLOM_LOCK_MODE_EX;
    public static final int FLOM_LOCK_MODE_N = FlomNativeConstants.FLOM_LOCK_MODE_N;
    public static final int FLOM_LOCK_MODE_INVALID = FlomNativeConstants.FLOM_LOCK_MODE_INVALID;

    private FlomLockModes() {}
}
