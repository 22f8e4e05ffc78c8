//go:build !race

package questions_test

// branches of the company.
const branches = 4
