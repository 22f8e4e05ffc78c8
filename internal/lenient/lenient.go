// Package lenient reads JSON values in all the forms in which clients and models
// write them: 30.0 and "30" for 30, "True" for true, an object as text, [] for an
// object without members, "" and null for nothing. What has only one possible meaning is
// accepted; anything else is refused with what was wanted and what came.
//
// It is the one reader for the arguments of tools and prompts, for the parameters
// of methods and for the requests of the protocol, so that the same forms are accepted
// everywhere. It must not know what the values are for.
package lenient

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"zoom-phone-mcp/internal/rawjson"
)

// Nothing reports whether a value is how clients leave an argument out: absent,
// null, or text without a character that shows.
func Nothing(raw json.RawMessage) bool {
	raw = trim(raw)
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return true
	case raw[0] != '"':
		return false
	}
	text, ok := unquote(raw)
	return ok && strings.TrimSpace(text) == ""
}

// Text returns a string; nothing is the empty string. Whole numbers are accepted by
// their digits, since ids are often written as numbers.
func Text(raw json.RawMessage) (string, error) {
	raw = trim(raw)
	switch Kind(raw) {
	case KindNothing:
		return "", nil
	case KindText:
		if text, ok := unquote(raw); ok {
			return text, nil
		}
	case KindNumber:
		digits, err := whole(string(raw))
		if errors.Is(err, errNotWhole) {
			return string(raw), nil
		}
		return digits, err
	}
	return "", wanted("a string", raw)
}

// Word returns a name or the like, to which the spaces around it do not belong.
func Word(raw json.RawMessage) (string, error) {
	text, err := Text(raw)
	return strings.TrimSpace(text), err
}

// ID returns an id or a phone number, without the spaces around it. A text
// that shows that its digits were lost on the way is refused like such a number.
func ID(raw json.RawMessage) (string, error) {
	text, err := Word(raw)
	if err != nil || Kind(raw) != KindText {
		return text, err
	}
	return digitsOf(text)
}

// Int returns a whole number; nothing is 0.
func Int(raw json.RawMessage) (int64, error) {
	const want = "a whole number"
	if Nothing(raw) {
		return 0, nil
	}
	raw = trim(raw)
	text := string(raw)
	switch Kind(raw) {
	case KindText:
		var ok bool
		if text, ok = unquote(raw); !ok {
			return 0, wanted(want, raw)
		}
		text = strings.TrimPrefix(strings.TrimSpace(text), "+")
	case KindNumber:
	default:
		return 0, wanted(want, raw)
	}
	digits, err := whole(text)
	if errors.Is(err, errNotWhole) {
		return 0, wanted(want, raw)
	}
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s is too large for a whole number", Shorten(digits))
	}
	return n, nil
}

// Bool returns a truth value; nothing is false.
func Bool(raw json.RawMessage) (bool, error) {
	raw = trim(raw)
	text := string(raw)
	if Kind(raw) == KindText {
		text, _ = unquote(raw)
	}
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "true":
		return true, nil
	case "false", "", "null":
		return false, nil
	}
	n, err := Int(raw)
	if err != nil || n != 0 && n != 1 {
		return false, wanted("true or false", raw)
	}
	return n == 1, nil
}

// Member is one member of an object.
type Member struct {
	Name  string
	Value json.RawMessage
}

const (
	// maxLayers is how often an object may be text in text.
	maxLayers = 3
	// maxMembers is how many members an object may have: more than anything takes, and
	// few enough to tell what is wrong with each.
	maxMembers = 1000
)

// Object returns the members of an object in their order, with those that come
// twice, maxMembers at most; nothing has none. The object may be written as text, and as an empty list
// where it has no members. raw need not be valid JSON. Values keep every digit.
func Object(raw json.RawMessage) ([]Member, error) {
	const want = "an object"
	given := raw
	for range maxLayers {
		raw = trim(raw)
		switch Kind(raw) {
		case KindNothing:
			return nil, nil
		case KindText:
			text, ok := unquote(raw)
			if !ok {
				return nil, errors.New("this is not JSON: " + Broken(raw))
			}
			if text = strings.TrimSpace(text); text != "" && !strings.ContainsRune(`{["n`, rune(text[0])) {
				return nil, wanted(want, given)
			}
			raw = json.RawMessage(text)
			continue
		}
		if problem := Broken(raw); problem != "" {
			return nil, errors.New("this is not JSON: " + problem)
		}
		switch {
		case raw[0] == '{':
			var out []Member
			n := 0
			rawjson.EachMember(raw, 0, func(name, value rawjson.Span) bool {
				if n++; n > maxMembers {
					return true // it is only counted
				}
				out = append(out, Member{rawjson.Unquote(raw[name.Start:name.End]), raw[value.Start:value.End:value.End]})
				return true
			})
			if n > maxMembers {
				return nil, fmt.Errorf("an object may have %d members here, and this one has %d", maxMembers, n)
			}
			return out, nil
		case raw[0] == '[' && len(trim(raw[1:len(raw)-1])) == 0:
			return nil, nil
		}
		break
	}
	return nil, wanted(want, given)
}

// Encode returns the object with the members.
func Encode(members []Member) json.RawMessage {
	out := []byte{'{'}
	for i, m := range members {
		if i > 0 {
			out = append(out, ',')
		}
		name, _ := json.Marshal(m.Name) // a string always has an encoding
		out = append(append(append(out, name...), ':'), m.Value...)
	}
	return append(out, '}')
}

// List returns the elements of a list, which may be written as text; false where
// it is none.
func List(raw json.RawMessage) ([]json.RawMessage, bool) {
	raw = trim(raw)
	if Kind(raw) == KindText {
		text, _ := unquote(raw)
		raw = trim(json.RawMessage(text))
	}
	if Kind(raw) != KindList || !json.Valid(raw) {
		return nil, false
	}
	var out []json.RawMessage
	rawjson.EachElement(raw, 0, func(value rawjson.Span) bool {
		out = append(out, raw[value.Start:value.End:value.End])
		return true
	})
	return out, true
}

// Kinds of values, as people call them.
const (
	KindNothing = "nothing"
	KindObject  = "an object"
	KindList    = "a list"
	KindText    = "text"
	KindBool    = "a boolean"
	KindNumber  = "a number"
)

// Kind returns the kind of a valid JSON value.
func Kind(raw json.RawMessage) string {
	raw = trim(raw)
	if len(raw) == 0 {
		return KindNothing
	}
	switch raw[0] {
	case '{':
		return KindObject
	case '[':
		return KindList
	case '"':
		return KindText
	case 't', 'f':
		return KindBool
	case 'n':
		return KindNothing
	}
	return KindNumber
}

// Broken says why text is not JSON, where that is so, and is empty otherwise.
func Broken(raw []byte) string {
	var whole json.RawMessage
	err := json.Unmarshal(raw, &whole)
	if err == nil {
		return ""
	}
	at, ok := errors.AsType[*json.SyntaxError](err)
	if !ok || at.Offset <= 0 || at.Offset > int64(len(raw)) || strings.HasPrefix(at.Error(), "unexpected end") {
		return "it ends too early"
	}
	if json.Valid(raw[:at.Offset-1]) {
		return fmt.Sprintf("there is more text after its end, at byte %d", at.Offset)
	}
	r, _ := utf8.DecodeRune(raw[at.Offset-1:])
	return fmt.Sprintf("%q does not fit at byte %d", r, at.Offset)
}

// wanted is the error for a value of another kind.
func wanted(want string, raw json.RawMessage) error {
	return fmt.Errorf("want %s, got %s", want, Shown(raw))
}

// maxShown is how much of a value is shown back, in characters.
const maxShown = 80

// Shown returns a value as an error shows it: scalars as they were written, and
// the kind of what is longer.
func Shown(raw json.RawMessage) string {
	raw = trim(raw)
	switch kind := Kind(raw); kind {
	case KindObject, KindList:
		return kind
	case KindNothing:
		return "null"
	case KindText:
		text, _ := unquote(raw)
		return "the text " + Quote(text)
	case KindBool:
		return "a boolean, " + Shorten(string(raw))
	default:
		return "the number " + Shorten(string(raw))
	}
}

// Quote shows a word that a caller wrote.
func Quote(s string) string { return strconv.Quote(Shorten(s)) }

// Shorten cuts what a caller wrote to a length that can be shown.
func Shorten(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return utf8.RuneError
		}
		return r
	}, s)
	if r := []rune(s); len(r) > maxShown {
		return string(r[:maxShown]) + "…"
	}
	return s
}

// unquote returns what a JSON string says; false where it is none.
func unquote(raw json.RawMessage) (text string, ok bool) {
	err := json.Unmarshal(raw, &text)
	return text, err == nil
}

func trim(raw json.RawMessage) json.RawMessage { return bytes.Trim(raw, " \t\r\n") }
