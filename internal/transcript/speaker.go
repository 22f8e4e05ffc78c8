package transcript

import (
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

// speaker is who speaks, as far as an entry tells: names, or something that only
// tells one speaker from another.
type speaker struct {
	name string
	key  string
}

// speakerOf finds out who speaks. Newer documents name users; older ones have the
// extension of a user, or the side of the line that the voice comes from.
func speakerOf(e *entry) speaker {
	var users []json.RawMessage
	if json.Unmarshal(e.Users, &users) != nil {
		users = []json.RawMessage{e.Users}
	}
	var names []string
	var key string
	for _, raw := range users {
		var u user
		name := text(raw)
		if name == "" && json.Unmarshal(raw, &u) == nil {
			name = text(u.Username)
		}
		if name = clean(name); name != "" {
			names = append(names, shorten(name))
			continue
		}
		if id := text(u.UserID) + " " + text(u.ZoomUserID); id != " " {
			key += "user " + id
		}
	}
	if len(names) > 0 {
		return speaker{name: strings.Join(names, " and ")}
	}
	if key != "" {
		return speaker{key: key}
	}
	id := clean(text(e.UserID))
	var ids []json.RawMessage
	if json.Unmarshal(e.UserIDs, &ids) == nil {
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
	if mark := clean(text(e.ChannelMark)); mark != "" {
		return speaker{key: "channel " + mark}
	}
	return speaker{}
}

// named gives every speaker without a name a number, in the order in which they
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

// isExtension tells extensions from the numbers of the outside.
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
