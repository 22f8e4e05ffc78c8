package zoom

import (
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"
	"unicode"
)

// fileName takes a name from Content-Disposition or from the signed address.
func fileName(resp *http.Response) string {
	if name := cleanName(dispositionName(resp.Header.Get("Content-Disposition"))); name != "" {
		return name
	}
	if resp.Request != nil {
		return cleanName(resp.Request.URL.Query().Get("filename"))
	}
	return ""
}

// dispositionName takes the name from a Content-Disposition, also from one that
// is not quite valid: blanks without quotes, or a name in ISO 8859-1.
func dispositionName(s string) string {
	if _, params, err := mime.ParseMediaType(s); err == nil && params["filename"] != "" {
		return params["filename"]
	}
	plain := ""
	_, rest, _ := strings.Cut(s, ";")
	for param := range strings.SplitSeq(rest, ";") {
		key, value, _ := strings.Cut(param, "=")
		value = strings.Trim(value, " \t\"")
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "filename*":
			if charset, text, ok := strings.Cut(value, "'"); ok {
				if _, text, ok = strings.Cut(text, "'"); ok {
					if name := decodeName(charset, text); name != "" {
						return name
					}
				}
			}
		case "filename":
			plain = value
		}
	}
	return plain
}

// decodeName decodes the value of an extended parameter (RFC 8187).
func decodeName(charset, text string) string {
	text, err := url.PathUnescape(text)
	if err != nil {
		return ""
	}
	switch strings.ToLower(charset) {
	case "utf-8", "us-ascii":
		return text
	case "iso-8859-1":
		var b strings.Builder
		for _, c := range []byte(text) {
			b.WriteRune(rune(c))
		}
		return b.String()
	}
	return ""
}

// cleanName keeps the last element of a name that somebody else chose.
func cleanName(s string) string {
	s = path.Base(strings.ReplaceAll(s, `\`, "/"))
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, s)
	if s == "." || s == ".." || s == "/" {
		return ""
	}
	return s
}
