"""``python -m connect_voice``, the same program as ``connect-voice``."""

from connect_voice.cli import main

if __name__ == "__main__":
    main()
