package apierror

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hbollon/go-edlib"
)

// alike is the similarity from which a name is worth suggesting, 0 to 1.
const alike = 0.62

// Nearest returns up to most candidates that are like s, the best first. The words
// of s count beside its letters: models know what they want, but not the order
// and the fillers with which Zoom says it.
func Nearest(s string, candidates []string, most int) []string {
	if len(s) > 100 {
		return nil
	}
	type scored struct {
		name  string
		score float64
	}
	var found []scored
	s = strings.ToLower(s)
	for _, c := range candidates {
		low := strings.ToLower(c)
		letters := float64(edlib.JaroWinklerSimilarity(s, low))
		if score := max(letters, 0.4*letters+0.6*max(wordsFound(s, low), wordsFound(low, s))); score >= alike {
			found = append(found, scored{c, score})
		}
	}
	slices.SortStableFunc(found, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	var out []string
	for _, f := range found[:min(most, len(found))] {
		out = append(out, f.name)
	}
	return out
}

// fillers are words that say nothing about what is wanted.
var fillers = []string{"get", "list", "phone", "zoom", "a", "the", "by", "all"}

// wordsFound is the part of the words of s that c has, in singular or plural.
func wordsFound(s, c string) float64 {
	words := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("_-. ", r) })
	words = slices.DeleteFunc(words, func(w string) bool { return slices.Contains(fillers, w) })
	if len(words) == 0 {
		return 0
	}
	found := 0
	for _, w := range words {
		if w = strings.TrimSuffix(w, "s"); len(w) > 2 && strings.Contains(c, w) {
			found++
		}
	}
	return float64(found) / float64(len(words))
}
