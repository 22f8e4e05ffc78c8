//go:build race

package download_test

// underRace reports that the race detector is on, which multiplies what is resident.
const underRace = true
