package auth

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"
)

// quotes are the pairs in which people and programs put values.
var quotes = []string{`""`, "''", "``", "“”", "„“", "‘’", "«»"}

// Trim takes off what copying, editors and configuration files leave around a
// setting: white space, line ends, byte order marks and other characters that
// nobody sees, and quotes.
func Trim(value string) string {
	for {
		rest := strings.TrimFunc(value, unseen)
		for _, pair := range quotes {
			q := []rune(pair)
			if inner, ok := strings.CutPrefix(rest, string(q[0])); ok {
				if inner, ok = strings.CutSuffix(inner, string(q[1])); ok {
					rest = inner
					break
				}
			}
		}
		if rest == value {
			return value
		}
		value = rest
	}
}

// unseen reports whether a character shows nothing.
func unseen(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
}

// templates are the forms of what stands in the place of a value until somebody
// or something fills it in.
var templates = []struct {
	form string
	is   *regexp.Regexp
}{
	{"{{…}}", regexp.MustCompile(`\{\{.*\}\}`)},
	{"${…}", regexp.MustCompile(`\$\{`)},
	{"$(…)", regexp.MustCompile(`^\$\(.*\)$`)},
	{"$NAME", regexp.MustCompile(`^\$[A-Za-z_][\w:.]*(?:$|[/\\])`)},
	{"%NAME%", regexp.MustCompile(`^%\w+%(?:$|[/\\])`)},
	{"<…>", regexp.MustCompile(`^<.*>$`)},
	{"#{…}", regexp.MustCompile(`^#\{.*\}`)},
	{"{…}", regexp.MustCompile(`^\{.*\}$`)},
	{"op://…", regexp.MustCompile(`^op://`)}, // a reference of a password manager
	{"__NAME__", regexp.MustCompile(`^__\w+__$`)},
	{"your-…", regexp.MustCompile(`(?i)^your[-_ ]`)},
	{"changeme", regexp.MustCompile(`(?i)^change[-_ ]?me$`)},
}

// Placeholder returns the form of a placeholder that was left in the place of a
// setting's value, empty for a value.
func Placeholder(value string) string {
	for _, t := range templates {
		if t.is.MatchString(value) {
			return t.form
		}
	}
	return ""
}

// Path puts the user's folder in the place of the ~ at the beginning of a path:
// a shell does that, and the hosts of MCP servers do not.
func Path(path string) string {
	rest, ok := strings.CutPrefix(path, "~")
	if !ok || rest != "" && !os.IsPathSeparator(rest[0]) {
		return path
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return path
	}
	return filepath.Join(home, rest)
}

// decode returns the text of a file, which Windows' own programs write as UTF-16.
func decode(text []byte) string {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(text, []byte{0xff, 0xfe}):
		order = binary.LittleEndian
	case bytes.HasPrefix(text, []byte{0xfe, 0xff}):
		order = binary.BigEndian
	default:
		return string(text)
	}
	units := make([]uint16, len(text)/2)
	for i := range units {
		units[i] = order.Uint16(text[2*i:])
	}
	return string(utf16.Decode(units))
}
