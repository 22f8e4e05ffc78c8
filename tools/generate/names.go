package main

import (
	"strings"
	"unicode"
)

// initialisms are written in capitals in Go names.
var initialisms = map[string]string{
	"id": "ID", "ids": "IDs", "uuid": "UUID", "url": "URL", "sms": "SMS", "mms": "MMS", "ip": "IP", "qos": "QoS",
	"ivr": "IVR", "ai": "AI", "api": "API", "ui": "UI", "ext": "Ext", "did": "DID", "isp": "ISP", "mos": "MOS",
	"pstn": "PSTN", "sip": "SIP", "pwa": "PWA", "ios": "IOS", "http": "HTTP", "dtmf": "DTMF", "byoc": "BYOC",
	"e2e": "E2E", "npa": "NPA", "sdca": "SDCA", "zva": "ZVA", "pin": "PIN", "ps": "PS", "cr": "CR",
}

// goName turns a name of Zoom's (snake_case, camelCase or both) into an exported Go name.
func goName(s string) string {
	var b strings.Builder
	for _, w := range words(s) {
		if up, ok := initialisms[strings.ToLower(w)]; ok {
			b.WriteString(up)
			continue
		}
		b.WriteString(strings.ToUpper(w[:1]) + w[1:])
	}
	name := b.String()
	if name == "" || unicode.IsDigit(rune(name[0])) {
		name = "N" + name
	}
	return name
}

// words splits a name at underscores, other punctuation and before a capital
// that follows a small letter.
func words(s string) []string {
	var out []string
	start := 0
	flush := func(end int) {
		if end > start {
			out = append(out, s[start:end])
		}
	}
	for i, r := range s {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			flush(i)
			start = i + 1
		case unicode.IsUpper(r) && i > 0 && i > start && !unicode.IsUpper(rune(s[i-1])):
			flush(i)
			start = i
		}
	}
	flush(len(s))
	return out
}
