package checks

// Weight weighs.
func Weight() int { return 1 }
