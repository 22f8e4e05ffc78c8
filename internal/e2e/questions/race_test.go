//go:build race

package questions_test

// branches of the company, and how often something is tried: the race detector makes
// SQL many times as slow.
const (
	branches = 1
	rounds   = 6
)
