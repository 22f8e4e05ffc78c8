package simulator

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// fax is one fax from end to end; what was tried for it are its attempts.
type fax struct {
	day      int32
	n        uint16
	at       int64
	outbound bool
	owner    *extension
	peer     *caller
	pages    int
	read     bool
	failed   int // attempts that failed before the last one
	status   string
	reason   string
}

func (s *Simulator) faxesOfDay(day int32) []*fax {
	r := s.keys.rand(streamFaxes, day, 0)
	n := r.IntN(3) * s.offices()
	if !workingDay(day) {
		n = 0
	}
	// The desks that still fax: billing, orders, the controller, a sales engineer, the main menu.
	desks := []*extension{
		s.company.queues[4].extension, s.company.queues[3].extension, s.company.users[15].extension, s.company.users[38].extension,
		s.company.receptionists[0].extension,
	}
	for _, at := range s.company.sites[len(offices):] {
		desks = append(desks, at.main.extension)
	}
	var out []*fax
	for range n {
		f := &fax{
			day: day, owner: desks[r.IntN(len(desks))], peer: s.company.callers[r.IntN(len(s.company.callers))], pages: 1 + r.IntN(6),
			outbound: r.IntN(2) == 0, read: r.IntN(4) > 0, status: "received", reason: "success",
		}
		f.at = f.owner.site.clock(day, opening+r.IntN(8*3600))
		if f.outbound {
			f.status, f.failed = "sent", max(0, r.IntN(5)-2)
			if r.IntN(9) == 0 {
				f.status, f.reason, f.failed = "failed", "fax_machine_not_detected", 2
			}
		}
		out = append(out, f)
	}
	slices.SortStableFunc(out, func(a, b *fax) int { return cmp.Compare(a.at, b.at) })
	for i, f := range out {
		f.n = uint16(i)
	}
	return out
}

func (f *fax) ref(kind refKind) ref { return ref{kind: kind, day: f.day, n: f.n} }

// end is when the last attempt was over.
func (f *fax) end() int64 { return f.at + int64(f.failed*180) + int64(f.pages*25) }

func (f *fax) createdName() string { return time.Unix(f.at, 0).UTC().Format("20060102150405") }

func (s *Simulator) faxID(f *fax) string { return strings.ToUpper(s.keys.hex(f.ref(refFax))) }

func (s *Simulator) faxByRef(id string, kind refKind) (*fax, bool) {
	r, ok := s.keys.of(id, kind)
	if !ok {
		return nil, false
	}
	day := s.faxes.day(r.day)
	if int(r.n) >= len(day) || day[r.n].end() > s.now().Unix() {
		return nil, false
	}
	return day[r.n], true
}

func (f *fax) pdf() []byte {
	lines := make([]string, f.pages)
	for i := range lines {
		lines[i] = fmt.Sprintf("%s - fax of %s - page %d of %d", companyName, date(f.at), i+1, f.pages)
	}
	return pdf(lines)
}

// faxesIn returns the faxes of a window, newest first.
func (s *Simulator) faxesIn(w window, keep func(*fax) bool) []*fax {
	var out []*fax
	s.faxes.back(w.from, w.to, func(f *fax) bool {
		if w.holds(f.at) && f.end() <= w.now && keep(f) {
			out = append(out, f)
		}
		return true
	})
	return out
}

// numbers are the sender's and the receiver's, in E.164.
func (f *fax) numbers() (sender, receiver string) {
	if f.outbound {
		return f.owner.did(), f.peer.number
	}
	return f.peer.number, f.owner.did()
}

// readDelay is how long a fax lies before it is read.
const readDelay = 2 * 3600

func (s *Simulator) faxView(f *fax, now int64) object {
	sender, receiver := f.numbers()
	o := object{
		"fax_log_id": s.keys.short(f.ref(refFaxLog)), "fax_id": s.faxID(f), "site_id": f.owner.site.id, "site_name": f.owner.site.name,
		"extension_id": f.owner.extID, "extension_type": f.owner.kind.camel(), "sender_number": sender, "receiver_number": receiver,
		"file_id": s.keys.short(f.ref(refFaxFile)), "file_pages_count": f.pages, "status": f.status, "create_time": stamp(f.at),
		"read_status": map[bool]string{true: "read", false: "unread"}[f.read && now >= f.end()+readDelay],
	}
	inside, outside := "receiver", "sender"
	o["direction"] = "inbound"
	if f.outbound {
		o["direction"] = "outbound"
		inside, outside = outside, inside
	}
	o[inside+"_extension_id"], o[inside+"_extension_type"] = f.owner.extID, f.owner.kind.camel()
	o[inside+"_extension_number"], o[inside+"_name"], o[inside+"_type"] = itoa(f.owner.number), f.owner.name, "client"
	o[inside+"_location"], o[inside+"_user_agent"] = f.owner.site.state, "ZoomClient/6.4.6"
	o[outside+"_name"], o[outside+"_type"], o[outside+"_location"] = f.peer.company, "pstn", f.peer.country
	return o
}

func faxNumbers(q *query, f *fax) bool {
	sender, receiver := f.numbers()
	plain := func(name, number string) bool {
		want := strings.TrimPrefix(q.get(name), "+")
		return want == "" || want == strings.TrimPrefix(number, "+")
	}
	return plain("sender_number", sender) && plain("receiver_number", receiver)
}

func (s *Simulator) faxList(q *query, keep func(*fax) bool) (any, error) {
	w, err := q.window(reachFaxes)
	if err != nil {
		return nil, err
	}
	all := s.faxesIn(w, func(f *fax) bool { return faxNumbers(q, f) && keep(f) })
	page, next := paginate(s, q, all)
	return object{
		"next_page_token": next, "from": date(w.from), "to": date(w.to), "total_records": len(all), "fax_logs": mapped(page, func(f *fax) object { return s.faxView(f, w.now) }),
	}, nil
}

func (s *Simulator) getAccountsFaxLogs(q *query) (any, error) {
	if err := q.oneOf("extension_type", "user", "callQueue", "autoReceptionist", "commonArea", "sharedLineGroup"); err != nil {
		return nil, err
	}
	out, err := s.faxList(q, func(f *fax) bool {
		return q.is("site_id", f.owner.site.id) && q.is("extension_type", f.owner.kind.camel())
	})
	if err != nil {
		return nil, err
	}
	// On the account alone the receiver's type is written with underscores.
	for _, f := range out.(object)["fax_logs"].([]object) {
		switch f["receiver_extension_type"] {
		case "callQueue":
			f["receiver_extension_type"] = "call_queue"
		case "autoReceptionist":
			f["receiver_extension_type"] = "auto_receptionist"
		}
	}
	return out, nil
}

func (s *Simulator) getusersfaxlogs(q *query) (any, error) {
	e := s.company.byExtension[q.path("extensionId")]
	if e == nil {
		return nil, refuse(http.StatusNotFound, 404, "Extension does not exist: %s.", q.path("extensionId"))
	}
	return s.faxList(q, func(f *fax) bool { return f.owner == e })
}

func (s *Simulator) faxParam(q *query) (*fax, error) {
	f, ok := s.faxByRef(q.path("faxLogId"), refFaxLog)
	if !ok {
		return nil, refuse(http.StatusNotFound, 40401, "Fax log not found for faxLogId: %s", q.path("faxLogId"))
	}
	return f, nil
}

// getFaxLogDetails answers with an array: one element for each attempt.
func (s *Simulator) getFaxLogDetails(q *query) (any, error) {
	f, err := s.faxParam(q)
	if err != nil {
		return nil, err
	}
	var out []object
	for i := range f.failed + 1 {
		o := s.faxView(f, q.now.Unix())
		o["node"], o["retry_times"], o["create_time"] = i, i, stamp(f.at+int64(i*180))
		o["status_reason"] = f.reason
		if i < f.failed {
			o["status"], o["status_reason"] = "failed", [...]string{"number_busy", "no_answer"}[i%2]
		}
		out = append(out, o)
	}
	return out, nil
}

func (s *Simulator) downloadfaxfile(q *query) (any, error) {
	f, err := s.faxParam(q)
	if err != nil {
		return nil, err
	}
	id := q.path("fileId")
	if id != s.keys.short(f.ref(refFaxFile)) {
		return nil, refuse(http.StatusNotFound, 40402, "Fax file not found for fileId: %s", id)
	}
	return s.hand(q, "fax", id), nil
}
