package sanitize

import (
	"slices"

	"zoom-phone-mcp/internal/rawjson"
)

// Fields is JSON for the texts of some fields only, those with these names,
// at any depth. Everything else stays byte for byte.
func Fields(body []byte, names []string) ([]byte, int) {
	if _, n := JSON(body); n == 0 {
		return body, 0
	}
	var out []byte
	removed, done := 0, 0 // done is how far body has been copied to out
	for i := 0; i < len(body); {
		if body[i] != '"' {
			i++
			continue
		}
		end := stringEnd(body, i)
		value := rawjson.SkipSpace(body, end)
		if value >= len(body) || body[value] != ':' || !slices.Contains(names, string(body[i+1:end-1])) {
			i = end
			continue
		}
		if value = rawjson.SkipSpace(body, value+1); value < len(body) && body[value] == '"' {
			end = stringEnd(body, value)
			clean, n := JSON(body[value:end])
			if n > 0 {
				out = append(append(out, body[done:value]...), clean...)
				done, removed = end, removed+n
			}
		}
		i = end
	}
	if removed == 0 {
		return body, 0
	}
	return append(out, body[done:]...), removed
}

// stringEnd is skipString for documents that may break off.
func stringEnd(body []byte, i int) int {
	if end := rawjson.SkipString(body, i); end >= 0 {
		return end
	}
	return len(body)
}
