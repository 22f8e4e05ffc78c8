package simulator

import (
	"cmp"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"slices"
	"strings"
)

// specimensWithoutDates is how many records a list has that is of no range of dates.
const specimensWithoutDates = 7

// specimen is a record for which nobody wrote an answer: its values follow from the
// schema, from the names of the fields and from the record's key, so that two
// answers about one thing agree. People, sites and numbers are the company's.
//
// A schema is JSON: objects are objects, arrays have one element, {"$enum": […]}
// lists values, and any other leaf is the format of a string, or the type.
type specimen struct {
	s     *Simulator
	q     *query
	key   string
	n     int   // the key as a number
	at    int64 // when it was
	noun  string
	ids   []string
	about map[string]string // fields that the request has settled
}

// fromSchema is the answer of a path for which nobody wrote a better one.
func (s *Simulator) fromSchema(q *query) (any, error) {
	if err := s.knows(q); err != nil {
		return nil, err
	}
	rt := q.route
	key := q.r.URL.EscapedPath()
	if i := strings.LastIndexByte(rt.path, '{'); i >= 0 {
		key = q.path(strings.TrimSuffix(rt.path[i+1:], "}"))
	}
	if rt.file == "sound" {
		return &download{media: "audio/wav", bytes: wav(8, int64(hash(key)))}, nil
	}
	if rt.file != "" {
		return &download{media: "application/pdf", bytes: pdf([]string{key})}, nil
	}
	var shape any
	if err := json.Unmarshal([]byte(rt.shape), &shape); err != nil {
		return nil, err
	}
	if record, ok := shape.([]any); ok {
		return s.specimensOf(q, record[0], nil), nil
	}
	one := specimen{s: s, q: q, key: key, n: hash(key), at: founded + int64(hash(key)%500)*86400, noun: noun(rt.path), ids: []string{"id"}}
	fields, _ := shape.(map[string]any)
	records, isList := fields[rt.items].([]any)
	if !isList {
		return one.value(nil, fields), nil
	}
	record := records[0]
	delete(fields, rt.items)
	out := one.value(nil, fields).(object)
	if rt.maxPage == 0 {
		return out, s.syncSpecimens(q, record, out)
	}
	var w *window
	if rt.window != nil {
		in, err := q.window(*rt.window)
		if err != nil {
			return nil, err
		}
		w = &in
	}
	all := s.specimensOf(q, record, w)
	page, next := paginate(s, q, all)
	known := object{rt.next: next, "page_size": q.size, "total_records": len(all), "page_count": (len(all) + q.size - 1) / q.size}
	if w != nil {
		known["from"], known["to"] = w.fromText, w.toText
	}
	for name, v := range known {
		if _, ok := fields[name]; ok {
			out[name] = v
		}
	}
	if len(page) > 0 {
		out[rt.items] = page
	}
	return out, nil
}

// founded is when things without a date of their own began.
const founded = 1_704_100_000

// knows refuses ids that no answer of this account can have had.
func (s *Simulator) knows(q *query) error {
	for _, part := range strings.Split(q.route.path, "/") {
		name, ok := strings.CutPrefix(part, "{")
		if !ok {
			continue
		}
		name = strings.TrimSuffix(name, "}")
		id := q.path(name)
		if _, made := s.keys.of(id, refSpecimen); name == "userId" && !made {
			if _, err := s.userParam(q, 1001); err != nil {
				return err
			}
			continue
		}
		if _, ok := s.keys.parse(id); !ok && strings.HasSuffix(strings.ToLower(name), "id") && strings.Trim(id, "0123456789") != "" {
			return refuse(http.StatusNotFound, 404, "%s does not exist: %s.", name, id)
		}
	}
	return nil
}

// syncSpecimens puts what a synchronization finds into an answer.
func (s *Simulator) syncSpecimens(q *query, record any, out object) error {
	sync, err := s.newSync(q, q.route.path, 300)
	if err != nil {
		return err
	}
	all := s.specimensBetween(q, window{from: sync.from, to: sync.to})
	n, token, err := sync.cut(len(all), func(i int) int64 { return all[i].at })
	if err != nil {
		return err
	}
	out[q.route.next] = token
	if n > 0 {
		out[q.route.items] = mapped(all[:n], func(m specimen) any { return m.value(nil, record) })
	}
	return nil
}

// specimensOf are the records of a list that the parameters ask for, newest
// first where they are of a range of dates.
func (s *Simulator) specimensOf(q *query, record any, w *window) []any {
	var all []specimen
	if w != nil {
		all = s.specimensBetween(q, *w)
	} else {
		for n := range specimensWithoutDates {
			all = append(all, s.specimen(q, 0, n, founded+int64(n)*40*86400))
		}
	}
	var out []any
	for _, m := range all {
		m.about = map[string]string{}
		asked := true
		fields, _ := record.(map[string]any)
		for name := range q.values {
			asked = asked && m.fits(name, fields)
		}
		if asked {
			out = append(out, m.value(nil, record))
		}
	}
	return out
}

// specimensBetween are a few records of every day.
func (s *Simulator) specimensBetween(q *query, w window) []specimen {
	var out []specimen
	for day := int32(w.to / 86400); int64(day) >= w.from/86400; day-- {
		n := hash(q.r.URL.EscapedPath(), fmt.Sprint(day)) % 4
		for i := n - 1; i >= 0; i-- {
			if m := s.specimen(q, day, i, int64(day)*86400+int64(14+2*i)*3600+int64(hash(fmt.Sprint(day, i))%7000)); w.holds(m.at) {
				out = append(out, m)
			}
		}
	}
	return out
}

func (s *Simulator) specimen(q *query, day int32, n int, at int64) specimen {
	list := hash(q.r.URL.EscapedPath())
	key := s.keys.short(ref{kind: refSpecimen, day: day, n: uint16(list), sub: uint8(n)})
	ids := q.route.ids
	if len(ids) == 0 {
		ids = []string{"id"}
	}
	return specimen{s: s, q: q, key: key, n: int(day)*100 + n + 1, at: at, noun: noun(cmp.Or(q.route.items, q.route.path)), ids: ids}
}

// noun is what a collection or a path has many of: Desk phone for desk_phones.
func noun(of string) string {
	for _, part := range strings.Split(of, "/") {
		if part != "" && part[0] != '{' {
			of = part
		}
	}
	of = strings.TrimSuffix(strings.ReplaceAll(of, "_", " "), "s")
	if of == "" {
		return "Record"
	}
	return strings.ToUpper(of[:1]) + of[1:]
}

// fits reports whether a record is one of those that a parameter asks for.
// Parameters that name no field have no effect, as in Zoom; an id that is asked
// for is the record's.
func (m specimen) fits(name string, fields map[string]any) bool {
	asked := m.q.values[name]
	shape, ok := fields[name]
	if thing, isID := strings.CutSuffix(name, "_id"); !ok && isID {
		_, made := m.s.keys.of(asked[0], refSpecimen)
		if inside, _ := fields[thing].(map[string]any); inside["id"] != nil && !made {
			return slices.Contains(asked, fmt.Sprint(m.value([]string{thing, "id"}, inside["id"])))
		}
	}
	if !ok || asked[0] == "" || slices.Contains([]string{"from", "to", "page_size", m.q.route.next}, name) {
		return true
	}
	if shape == "string" && !slices.Contains(m.ids, name) && name != "site_id" {
		m.about[name] = asked[0]
		return true
	}
	return slices.Contains(asked, fmt.Sprint(m.value([]string{name}, shape)))
}

// value makes what a schema says, at a path of fields below the record.
func (m specimen) value(path []string, shape any) any {
	switch shape := shape.(type) {
	case map[string]any:
		if values, ok := shape["$enum"].([]any); ok {
			return values[m.draw(path)%len(values)]
		}
		out := object{}
		for name, field := range shape {
			out[name] = m.value(append(path[:len(path):len(path)], name), field)
		}
		return out
	case []any:
		return []any{m.value(append(path[:len(path):len(path)], "[]"), shape[0])}
	}
	name := ""
	if len(path) > 0 {
		name = path[len(path)-1]
	}
	switch shape {
	case "boolean":
		return m.draw(path)%2 == 0
	case "integer", "int64":
		switch {
		case len(path) == 1 && slices.Contains(m.ids, name):
			return m.n
		case name == "extension_number":
			return m.person().number
		}
		return m.draw(path) % 100
	case "number":
		return float64(m.draw(path)%1000) / 8
	}
	return m.text(path, name, fmt.Sprint(shape))
}

// text makes a string by its format and by what its name says.
func (m specimen) text(path []string, name, format string) string {
	inside := ""
	if len(path) > 1 {
		inside = path[len(path)-2]
	}
	if asked, ok := m.about[name]; ok && len(path) == 1 {
		return asked
	}
	person := m.person()
	own := len(path) == 1
	is := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return name == w || strings.HasSuffix(name, "_"+w) })
	}
	switch {
	case own && slices.Contains(m.ids, name):
		return m.key
	case format == "date-time", is("time", "timestamp"):
		return stamp(m.at)
	case format == "date", is("date"):
		return date(m.at)
	case format == "email", is("email"):
		return person.email
	case name == "site_id", inside == "site" && name == "id":
		return person.site.id
	case name == "site_name", inside == "site" && name == "name":
		return person.site.name
	case name == "extension_id":
		return person.extID
	case name == "extension_number":
		return itoa(person.number)
	case name == "user_id", inside == "user" && name == "id", inside == "owner" && name == "id":
		return person.id
	case is("id", "uuid"):
		// A few things are named again and again.
		return m.s.keys.short(ref{kind: refSpecimen, n: uint16(hash(name)), sub: uint8(m.draw(path) % 12)})
	case own && is("name"):
		if thing := strings.TrimSuffix(name, "_name"); thing != name && thing != "display" {
			return fmt.Sprintf("%s %d", noun(thing), m.n%1000)
		}
		return fmt.Sprintf("%s %d", m.noun, m.n%1000)
	case is("name"):
		return person.name
	case is("number", "phone_number"):
		return fmt.Sprintf("+1303555%04d", 100+m.draw(path)%100)
	case is("url"):
		return m.q.url("/" + name + "/" + m.key)
	case is("timezone", "time_zone"):
		return person.site.timezone
	case is("mac_address"):
		return fmt.Sprintf("80:5e:c0:%02x:%02x:%02x", m.draw(path)>>16&255, m.draw(path)>>8&255, m.draw(path)&255)
	case is("charge", "rate", "cost", "amount"):
		return fmt.Sprintf("%.2f", float64(m.draw(path)%500)/100)
	case is("country", "country_code"):
		return "US"
	case is("currency"):
		return "USD"
	case is("token"):
		return ""
	}
	return fmt.Sprintf("%s %d", strings.ReplaceAll(name, "_", " "), m.draw(path)%100)
}

// person is whom the record is about.
func (m specimen) person() *user {
	if u, ok := m.s.company.user(m.q.path("userId")); ok {
		return u
	}
	people := m.s.company.users
	return people[hash(m.key)%len(people)]
}

func (m specimen) draw(path []string) int { return hash(append([]string{m.key}, path...)...) }

// hash mixes words into a number that is not negative.
func hash(words ...string) int {
	h := fnv.New32a()
	for _, w := range words {
		h.Write([]byte(w))
		h.Write([]byte{0})
	}
	return int(h.Sum32() >> 1)
}
