package apierror

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hbollon/go-edlib"
)

// Nearest returns up to most candidates that are like s, the best first.
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
	words := strings.FieldsFunc(s, func(r rune) bool { return r == '_' || r == '.' || r == ' ' })
	for _, c := range candidates {
		low := strings.ToLower(c)
		score := float64(edlib.JaroWinklerSimilarity(s, low))
		shared := 0
		for _, w := range words {
			if len(w) > 2 && strings.Contains(low, strings.TrimSuffix(w, "s")) {
				shared++
			}
		}
		if shared > 0 {
			score = max(score, 0.4*score+0.6*float64(shared)/float64(len(words)))
		}
		if score >= 0.7 {
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
