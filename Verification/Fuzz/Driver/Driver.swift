// libFuzzer's main function calls what FlomFuzz exports to it.
internal import FlomFuzz
