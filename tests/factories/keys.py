"""Keys that personal data is sealed with."""

import base64

NEW_KEY = base64.b64encode(b"a-new-key-a-new-key-a-new-key-a-").decode()
