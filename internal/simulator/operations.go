package simulator

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
)

// operation is something an administrator did, or a queue member who opts out or in.
type operation struct {
	at       int64
	action   string
	category string
	detail   string
	operator *user
}

// operationsPerDay is the usual number of an administrator's operations by
// weekday, Sunday first.
var operationsPerDay = [7]int{0, 6, 5, 5, 4, 3, 0}

// operationsOfDay are those of administrators, none of which changes what other
// methods tell, and the pauses of queue members.
func (s *Simulator) operationsOfDay(day int32) []operation {
	r := s.keys.rand(streamOperations, day, 0)
	c := s.company
	var out []operation
	for _, p := range s.pausesOfDay(day) {
		tell := func(at int64, how string) {
			detail := fmt.Sprintf("Call queue %s (Ext. %d): %s opted %s receiving calls", p.queue.name, p.queue.number, p.member.name, how)
			out = append(out, operation{at: at, action: "Update", category: "Call Queue", detail: detail, operator: p.member})
		}
		tell(p.from, "out of")
		tell(p.to, "in to")
	}
	if workingDay(day) {
		for range s.offices()*operationsPerDay[weekdayOf(day)] + r.IntN(2) {
			by := c.admins[r.IntN(len(c.admins))]
			at := by.site.clock(day, opening+r.IntN(closing-opening))
			out = append(out, s.administer(r, operation{at: at, action: "Update", operator: by}))
		}
	}
	slices.SortStableFunc(out, func(x, y operation) int { return cmp.Compare(x.at, y.at) })
	return out
}

// administer chooses what an administrator does.
func (s *Simulator) administer(r *rand.Rand, o operation) operation {
	c := s.company
	u, q, a := c.users[r.IntN(len(c.users)-1)], c.queues[r.IntN(len(c.queues))], c.receptionists[r.IntN(len(c.receptionists))]
	if u.status != "activate" {
		u = c.users[0]
	}
	switch r.IntN(8) {
	case 0:
		o.category, o.detail = "User", fmt.Sprintf("Update voicemail greeting of %s (Ext. %d)", u.name, u.number)
	case 1:
		o.category, o.detail = "User", fmt.Sprintf("Reset voicemail PIN of %s (Ext. %d)", u.name, u.number)
	case 2:
		o.category, o.detail = "Call Queue", fmt.Sprintf("Call queue %s (Ext. %d): greeting prompt replaced", q.name, q.number)
	case 3:
		o.category, o.detail = "Call Queue", fmt.Sprintf("Call queue %s (Ext. %d): music on hold replaced", q.name, q.number)
	case 4:
		o.category, o.detail = "Auto Receptionist", fmt.Sprintf("Auto receptionist %s (Ext. %d): business hours prompt replaced", a.name, a.number)
	case 5:
		o.category, o.detail = "Phone Number", fmt.Sprintf("Update caller ID name of %s", u.did())
	case 6:
		with := selected(c.users, func(u *user) bool { return u.deskPhone != "" && u.status == "activate" })
		u = with[r.IntN(len(with))]
		o.category, o.action, o.detail = "Device", "Restart", fmt.Sprintf("Restart desk phone Yealink SIP-T54W of %s (Ext. %d)", u.name, u.number)
	default:
		o.category, o.detail = "Site", fmt.Sprintf("Site %s: emergency address verified", u.site.name)
	}
	return o
}

func (s *Simulator) getPsOperationLogs(q *query) (any, error) {
	w, err := q.window(reachOperations)
	if err != nil {
		return nil, err
	}
	var all []operation
	s.ops.back(w.from, w.to, func(o operation) bool {
		if w.holds(o.at) && anyOr(q, "category_type", o.category, "all") {
			all = append(all, o)
		}
		return true
	})
	page, next := paginate(s, q, all)
	out := object{
		"next_page_token": next, "page_size": q.size, "total_records": len(all), "from": w.fromText, "to": w.toText,
	}
	if len(page) > 0 {
		out["operation_logs"] = mapped(page, func(o operation) object {
			return object{
				"action": o.action, "category_type": o.category, "operation_detail": o.detail, "operator": o.operator.email, "time": stamp(o.at),
			}
		})
	}
	return out, nil
}
