//go:build !race

package questions_test

// branches of the company, and how often something is tried.
const (
	branches = 4
	rounds   = 40
)
