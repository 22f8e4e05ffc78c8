package download_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"zoom-phone-mcp/internal/download"
)

func TestHostileNames(t *testing.T) {
	for name, want := range map[string]string{
		"call_recording_1.wav":              "call_recording_1.wav",
		"Fax vom 3. März (2).pdf":           "Fax vom 3. März (2).pdf",
		"通話録音.mp3":                          "通話録音.mp3",
		"../../etc/passwd":                  "passwd",
		`..\..\Windows\system.ini`:          "system.ini",
		"/":                                 "",
		"..":                                "",
		"...":                               "",
		" . . ":                             "",
		"":                                  "",
		"???":                               "",
		".bashrc":                           "bashrc",
		"-rf.wav":                           "rf.wav",
		"a\x00b\nc\r\x7f.wav":               "abc.wav",
		"gpj.\u202egnp.exe":                 "gpj.gnp.exe",
		"a\u200b\u2066b\ufeff.wav":          "ab.wav",
		"bad\xff\xfeutf.wav":                "bad_utf.wav",
		"CON":                               "_CON",
		"con.wav":                           "_con.wav",
		"aux.tar.gz":                        "_aux.tar.gz",
		"LPT9.txt":                          "_LPT9.txt",
		"com1 .txt":                         "_com1 .txt",
		"COM10.txt":                         "COM10.txt",
		"console.txt":                       "console.txt",
		"call.wav. . .":                     "call.wav",
		"call.wav:stream":                   "call.wav_stream",
		"C:evil.exe":                        "C_evil.exe",
		"$(rm -rf ~).wav":                   "_(rm -rf _).wav",
		"`id`;'\"&|<>*?!#%{}[]^~.wav":       "_id" + strings.Repeat("_", 19) + ".wav",
		"a\t \u00a0\u3000b.wav":             "a b.wav",
		strings.Repeat("x", 300) + ".wav":   strings.Repeat("x", 116) + ".wav",
		strings.Repeat("é", 300) + ".wav":   strings.Repeat("é", 58) + ".wav",
		strings.Repeat("x", 300):            strings.Repeat("x", 120),
		"x." + strings.Repeat("y", 300):     "x." + strings.Repeat("y", 118),
		"a" + strings.Repeat("\u0301", 300): "a" + strings.Repeat("\u0301", 59),
		"call%2F..%2Fx.wav":                 "call_2F.._2Fx.wav",
	} {
		if got := download.SafeName(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestExtensionsFitTheType(t *testing.T) {
	for _, c := range []struct{ name, fallback, mediaType, want string }{
		{"call.wav", "x", "audio/wav", "call.wav"},
		{"CALL.WAV", "x", "audio/wav", "CALL.WAV"},
		{"call.exe", "x", "audio/wav", "call.exe.wav"},
		{"call", "x", "audio/mpeg", "call.mp3"},
		{"call.mp4", "x", "audio/mp4", "call.mp4"},
		{"", "recording", "audio/mp4", "recording.m4a"},
		{"", "", "application/pdf", "file.pdf"},
		{"", "../x", "image/tiff", "x.tif"},
		{"scan.TIFF", "x", "image/tiff", "scan.TIFF"},
		{"call.mp3", "x", "application/octet-stream", "call.mp3"},
		{"call.exe", "x", "application/octet-stream", "call.exe.bin"},
		{"call.lnk", "x", "audio/x-gsm", "call.lnk.bin"},
		{"page.html", "x", "application/octet-stream", "page.html.bin"},
		{"con", "x", "audio/wav", "_con.wav"},
		{strings.Repeat("x", 200), "x", "audio/wav", strings.Repeat("x", 116) + ".wav"},
	} {
		if got := download.FileName(c.name, c.fallback, c.mediaType); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

func FuzzNames(f *testing.F) {
	for _, name := range []string{"call.wav", "../x", "CON", "\u202e.", "a\xffb", strings.Repeat("é.", 200), " -.x", "lpt1 .", "_", "a/.."} {
		f.Add(name, "audio/wav")
		f.Add(name, "")
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, name, mediaType string) {
		got := download.FileName(name, "file", mediaType)
		stem, _, _ := strings.Cut(strings.ToUpper(got), ".")
		stem = strings.TrimSpace(stem)
		switch {
		case got == "" || len(got) > 120 || !utf8.ValidString(got),
			strings.ContainsAny(got, "/\\:*?\"<>|$`'&;!%#~^{}[]\n\r\t\x00"),
			strings.ContainsFunc(got, unicode.IsControl), strings.ContainsFunc(got, func(r rune) bool { return unicode.Is(unicode.Cf, r) }),
			strings.HasPrefix(got, "."), strings.HasPrefix(got, "-"), strings.HasPrefix(got, " "), strings.HasSuffix(got, "."), strings.HasSuffix(got, " "),
			!filepath.IsLocal(got),
			stem == "CON", stem == "PRN", stem == "AUX", stem == "NUL",
			len(stem) == 4 && (stem[:3] == "COM" || stem[:3] == "LPT") && '0' <= stem[3] && stem[3] <= '9':
			t.Fatalf("%q became %q", name, got)
		}
		if again := download.FileName(got, "file", mediaType); again != got {
			t.Fatalf("%q became %q and then %q", name, got, again)
		}
		path := filepath.Join(dir, got)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	})
}
