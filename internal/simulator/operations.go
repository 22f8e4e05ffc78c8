package simulator

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// operation is something an administrator did.
type operation struct {
	at       int64
	action   string
	category string
	detail   string
	operator *user
}

// operationsPerDay is the usual number of operations by weekday, Sunday first.
var operationsPerDay = [7]int{0, 6, 5, 5, 4, 3, 0}

func (s *Simulator) operationsOfDay(day int32) []operation {
	r := s.keys.rand(streamOperations, day, 0)
	weekday := time.Unix(int64(day)*86400, 0).UTC().Weekday()
	c := s.company
	var out []operation
	for range operationsPerDay[weekday] + r.IntN(2) {
		u, q, a := c.users[r.IntN(len(c.users))], c.queues[r.IntN(len(c.queues))], c.receptionists[r.IntN(len(c.receptionists))]
		member := q.members[r.IntN(len(q.members))]
		o := operation{operator: c.admins[r.IntN(len(c.admins))], at: int64(day)*86400 + int64(14*3600+r.IntN(9*3600))}
		switch r.IntN(9) {
		case 0:
			o.category, o.action, o.detail = "User", "Update", fmt.Sprintf("Update outbound caller ID of %s (Ext. %d) to %s", u.name, u.number, u.site.main.did())
		case 1:
			o.category, o.action, o.detail = "User", "Update", fmt.Sprintf("Update calling plan of %s (Ext. %d)", u.name, u.number)
		case 2:
			o.category, o.action, o.detail = "Call Queue", "Update", fmt.Sprintf("Call queue %s (Ext. %d): %s opted out of receiving calls", q.name, q.number, member.name)
		case 3:
			o.category, o.action, o.detail = "Call Queue", "Update", fmt.Sprintf("Call queue %s (Ext. %d): maximum wait time set to %d minutes", q.name, q.number, 3+r.IntN(8))
		case 4:
			o.category, o.action, o.detail = "Auto Receptionist", "Update", fmt.Sprintf("Auto receptionist %s (Ext. %d): business hours prompt replaced", a.name, a.number)
		case 5:
			o.category, o.action, o.detail = "Phone Number", "Assign", fmt.Sprintf("Assign %s to %s (Ext. %d)", u.did(), u.name, u.number)
		case 6:
			o.category, o.action, o.detail = "Device", "Add", fmt.Sprintf("Add desk phone Yealink SIP-T54W for %s (Ext. %d)", u.name, u.number)
		case 7:
			o.category, o.action, o.detail = "Site", "Update", fmt.Sprintf("Site %s: emergency address verified", u.site.name)
		default:
			o.category, o.action, o.detail = "Account Settings", "Update", "Voicemail: transcription by email turned on"
		}
		out = append(out, o)
	}
	slices.SortStableFunc(out, func(x, y operation) int { return cmp.Compare(x.at, y.at) })
	return out
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
