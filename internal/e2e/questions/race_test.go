//go:build race

package questions_test

// branches of the company: the race detector makes SQL many times as slow.
const branches = 1
