"""Understanding without the cloud: words by a recognizer that the installer supplies, wishes by a closed grammar."""
