package transcript

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

const (
	unknown = "Unknown speaker"
	// maxSpeaker is the length of the longest name, in characters.
	maxSpeaker = 80
)

// speaker is who speaks, as far as an entry says: names, or something that only
// distinguishes one speaker from another.
type speaker struct {
	name string
	key  string
}

// names are the fields that have a speaker's name, in users or beside the text.
var names = []string{"username", "speakername", "displayname", "speaker", "name"}

// speakerOf finds out who speaks. Newer documents name users, or the speaker beside
// the text; older ones have the extension of a user, or the side of the line that
// the voice comes from.
func speakerOf(e fields) speaker {
	var users []json.RawMessage
	if json.Unmarshal(e["users"], &users) != nil {
		users = []json.RawMessage{e["users"]}
	}
	users = append(users, e["user"])
	var known []string
	var key string
	for _, raw := range users {
		name, id := person(raw)
		if name != "" {
			known = append(known, name)
		} else {
			key += id
		}
	}
	if len(known) > 0 {
		return speaker{name: strings.Join(known, " and ")}
	}
	for _, field := range names {
		switch name, id := person(e[field]); {
		case field == "speaker" && len(name) <= 2 && isNumber(name): // only says who is who
			id = "speaker " + name
			fallthrough
		case name == "":
			key = cmp.Or(key, id)
		default:
			return speaker{name: name}
		}
	}
	if key != "" {
		return speaker{key: key}
	}
	id := e.text("userid")
	var ids []json.RawMessage
	if json.Unmarshal(e["userids"], &ids) == nil {
		for _, raw := range ids {
			if id == "" {
				id = clean(text(raw))
			}
		}
	}
	switch {
	case isExtension(id):
		return speaker{name: "Extension " + id}
	case isNumber(id):
		return speaker{name: id}
	case id != "":
		return speaker{key: "id " + id}
	}
	if mark := e.text("channelmark", "speakerid"); mark != "" {
		return speaker{key: "channel " + mark}
	}
	return speaker{}
}

// person returns the name of somebody who stands as a text or an object, or what
// distinguishes them from others.
func person(raw json.RawMessage) (name, key string) {
	if name = clean(text(raw)); name != "" {
		return shorten(name), ""
	}
	var u fields
	if json.Unmarshal(raw, &u) != nil {
		return "", ""
	}
	if name = u.text(names...); name != "" {
		return shorten(name), ""
	}
	if id := u.text("userid") + " " + u.text("zoomuserid"); id != " " {
		key = "user " + id
	}
	return "", key
}

// named numbers the speakers without a name, in the order in which they
// begin to speak.
func named(spoken []utterance) []Line {
	numbers := map[string]int{}
	lines := make([]Line, 0, len(spoken))
	for _, u := range spoken {
		l := u.Line
		switch {
		case u.speaker.name != "":
			l.Speaker = u.speaker.name
		case u.speaker.key != "":
			n, ok := numbers[u.speaker.key]
			if !ok {
				n = len(numbers) + 1
				numbers[u.speaker.key] = n
			}
			l.Speaker = fmt.Sprintf("Speaker %d", n)
		default:
			l.Speaker = unknown
		}
		lines = append(lines, l)
	}
	return lines
}

// isExtension reports whether a number is an extension.
func isExtension(s string) bool {
	return s != "" && len(s) <= 6 && strings.Trim(s, "0123456789") == ""
}

func isNumber(s string) bool {
	digits := strings.TrimPrefix(s, "+")
	return digits != "" && len(digits) <= 15 && strings.Trim(digits, "0123456789") == ""
}

func shorten(name string) string {
	if utf8.RuneCountInString(name) <= maxSpeaker {
		return name
	}
	return string([]rune(name)[:maxSpeaker]) + "…"
}
