package download

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName is the length of the longest name, in bytes: systems take 255, some
// encrypted ones 143.
const maxName = 120

// maxExtension is the length, in bytes, up to which what stands behind the last
// dot is kept when a name is cut.
const maxExtension = 12

// fileName is the safe name of a file, with an extension that fits its type;
// fallback is used where there is none.
func fileName(name, fallback, mediaType string) string {
	safe := SafeName(name)
	if safe == "" {
		if safe = SafeName(fallback); safe == "" {
			safe = "file"
		}
	}
	return cutName(withExtension(safe, mediaType))
}

// SafeName makes a name that somebody else chose into one that every system
// takes, that stays in its folder, and that means nothing to a shell: the last
// element of a path, of letters and digits of any script, blanks, and a few signs.
// It is empty where nothing is left.
func SafeName(name string) string {
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(name, "_") {
		switch {
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r):
			// Invisible: it could only deceive.
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || strings.ContainsRune("._-()+,@=", r):
			b.WriteRune(r)
		default:
			b.WriteByte('_')
		}
	}
	// Dots in front hide a file, a hyphen there makes it an option, and Windows
	// drops dots and blanks at the end.
	name = strings.TrimLeft(b.String(), " .-")
	name = strings.TrimRight(cutName(strings.Join(strings.Fields(name), " ")), " .")
	if strings.Trim(name, "_ .-()+,@=") == "" {
		return ""
	}
	if isReserved(name) {
		name = "_" + name
	}
	return name
}

// reserved are the names of devices on Windows, with any extension.
var reserved = []string{"con", "prn", "aux", "nul"}

func isReserved(name string) bool {
	stem, _, _ := strings.Cut(strings.ToLower(name), ".")
	stem = strings.TrimRight(stem, " ")
	if slices.Contains(reserved, stem) {
		return true
	}
	for _, port := range []string{"com", "lpt"} {
		if n, ok := strings.CutPrefix(stem, port); ok && len(n) == 1 && '0' <= n[0] && n[0] <= '9' {
			return true
		}
	}
	return false
}

// cutName cuts a name to maxName, before its extension.
func cutName(name string) string {
	if len(name) <= maxName {
		return name
	}
	extension := ""
	if i := strings.LastIndexByte(name, '.'); i > 0 && len(name)-i <= maxExtension {
		name, extension = name[:i], name[i:]
	}
	end := min(len(name), maxName-len(extension))
	for end > 0 && end < len(name) && !utf8.RuneStart(name[end]) {
		end--
	}
	return strings.TrimRight(name[:end], " .") + extension
}
