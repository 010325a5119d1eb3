from tests.support.sound import rig  # noqa: F401
