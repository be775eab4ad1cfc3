"""What waits for a person, and a person's word: questions, escalations, policies, silences."""
