package simulator

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Prices in dollars, as text and in hundredths of a cent.
type price struct {
	text string
	unit int // 1/10000 dollar
}

var (
	priceFree     = price{"0", 0}
	priceDomestic = price{"0.0206", 206}
	priceTollFree = price{"0.0318", 318}
	priceAbroad   = price{"0.0455", 455}
	priceMessage  = price{"0.0079", 79}
	pricePicture  = price{"0.0200", 200}
	pricePage     = price{"0.0400", 400}
	pricePageFar  = price{"0.0850", 850}
)

func (p price) times(n int) string {
	if p.unit == 0 {
		return "0"
	}
	return fmt.Sprintf("%d.%04d", p.unit*n/10000, p.unit*n%10000)
}

// callPrice is what a minute of a call costs, and how Zoom calls its kind.
func (s *Simulator) callPrice(c *call) (price, string) {
	switch {
	case c.connect == "internal":
		return priceFree, "voip"
	case c.international:
		if c.direction == "outbound" {
			return priceAbroad, "international"
		}
		return priceFree, "international"
	case c.to.kind == "zoom_toll_free_number":
		return priceTollFree, "tollfree"
	case c.direction == "outbound" && s.metered(c.from.user):
		return priceDomestic, "local"
	}
	return priceFree, "local"
}

// abroad reports whether a user has a plan for calls to other countries.
func (s *Simulator) abroad(u *user) bool {
	return slices.ContainsFunc(u.plans, func(i int) bool { return s.company.plans[i].kind == 300 })
}

// metered reports whether a user pays by the minute.
func (s *Simulator) metered(u *user) bool {
	return u != nil && slices.ContainsFunc(u.plans, func(i int) bool { return s.company.plans[i].kind == 100 })
}

func billingType(p *party) string {
	switch {
	case p.internal():
		return "voip"
	case p.kind == "zoom_toll_free_number":
		return "toll_free"
	case p.number == "":
		return "unknown"
	}
	return "fixed_line_or_mobile"
}

func (s *Simulator) chargeView(c *call) object {
	p, kind := s.callPrice(c)
	seconds, _ := c.connected()
	minutes := (seconds + 59) / 60
	payer := c.owner
	number := payer.did()
	mode := "per_min"
	o := object{
		"charge_id": s.keys.dated(ref{kind: refCharge, day: c.day, n: c.n}), "call_log_id": s.keys.uuid(c.logRef()), "call_id": c.id,
		"direction": c.direction, "caller_number": c.from.dial(), "caller_billing_number": c.from.number,
		"caller_billing_number_type": billingType(&c.from), "callee_number": c.to.dial(), "callee_billing_number": c.to.number,
		"callee_billing_number_type": billingType(&c.to), "call_type": kind, "service_type": "call", "calling_party_name": c.from.name,
		"cost_center": payer.costCenter, "department": payer.department, "start_time": stamp(c.start), "answer_time": stamp(c.answer),
		"end_time": stamp(c.end), "duration": minutes, "charge_mode": mode, "rate": p.text, "currency": "USD",
		"total_charge": p.times(minutes), "billing_number": fmt.Sprintf("%s Ext. %d", strings.TrimPrefix(number, "+"), payer.number),
	}
	if u := s.company.userOf[payer]; u != nil {
		o["employee_id"] = u.employeeID
	}
	if len(c.elements) > 1 {
		o["forward_number_billing"] = strings.TrimPrefix(number, "+")
	}
	return o
}

func (s *Simulator) getCallChargesUsageReport(q *query) (any, error) {
	if id := q.get("billing_account_id"); id != "" && id != s.company.billing {
		return nil, refuse(http.StatusBadRequest, 400, "The billing_account_id is invalid.")
	}
	var ids []string
	for _, v := range q.values["call_ids"] {
		ids = append(ids, strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ' ' })...)
	}
	if len(ids) > 100 {
		return nil, refuse(http.StatusBadRequest, 400, "The maximum number of call IDs is 100.")
	}
	w, err := q.window(reachCharges)
	if err != nil {
		return nil, err
	}
	only, _ := q.flag("show_charges_only")
	all := s.callsIn(w, func(c *call) bool {
		p, _ := s.callPrice(c)
		return c.measured() && (!only || p.unit > 0) && (len(ids) == 0 || slices.Contains(ids, c.id))
	})
	return chargeList(s, q, w, "call_charges", all, s.chargeView), nil
}

// chargeList is a report of charges; an empty one has no collection.
func chargeList[T any](s *Simulator, q *query, w window, name string, all []T, view func(T) object) object {
	page, next := paginate(s, q, all)
	out := object{
		"next_page_token": next, "page_size": q.size, "total_records": len(all), "from": w.fromText, "to": w.toText,
	}
	if len(page) > 0 {
		out[name] = mapped(page, view)
	}
	return out
}

func (s *Simulator) getSmsChargesUsageReport(q *query) (any, error) {
	w, err := q.window(reachCharges)
	if err != nil {
		return nil, err
	}
	only, _ := q.flag("show_charges_only")
	var all []*message
	s.texts.back(w.from, w.to, func(m *message) bool {
		if w.holds(m.at) && (!only || m.price().unit > 0) {
			all = append(all, m)
		}
		return true
	})
	return chargeList(s, q, w, "sms_charges", all, s.messageCharge), nil
}

// price is what a message cost; what comes in and what stays inside is free.
func (m *message) price() price {
	switch {
	case !m.out || m.session.inside != nil:
		return priceFree
	case m.picture:
		return pricePicture
	}
	return priceMessage
}

func (s *Simulator) messageCharge(m *message) object {
	c := m.session
	p := m.price()
	side := func(prefix string, e *extension, peer *caller, o object) {
		if e == nil {
			o[prefix+"_number"], o[prefix+"_display_name"] = strings.TrimPrefix(peer.number, "+"), peer.name
			return
		}
		o[prefix+"_number"], o[prefix+"_extension_number"] = e.phones[0].number, itoa(e.number)
		o[prefix+"_display_name"] = e.name
		if e.email != "" {
			o[prefix+"_email"] = e.email
		}
	}
	o := object{
		"session_id": s.sessionID(c), "message_id": "IQ-" + s.keys.short(m.ref(refMessage)),
		"message_type": map[bool]string{true: "MMS", false: "SMS"}[m.picture], "sent_time": stamp(m.at), "billing_number": c.owner.did(),
		"cost_center": c.owner.costCenter, "department": c.owner.department, "rate": p.text, "currency": "USD", "total_charge": p.times(1),
	}
	from, to := "from", "to"
	if !m.out {
		from, to = to, from
	}
	side(from, c.owner, nil, o)
	side(to, c.inside, c.peer, o)
	status := map[string][2]string{
		"received":          {"Received", "The message arrived."},
		"delivered":         {"Delivered", "The message reached the recipient's network."},
		"failed_to_deliver": {"Failed to deliver", "The recipient's network did not take the message."},
	}[m.status]
	o["delivery_status"], o["delivery_detail"] = status[0], status[1]
	return o
}

func (s *Simulator) getfaxchargesusagereport(q *query) (any, error) {
	w, err := q.window(reachCharges)
	if err != nil {
		return nil, err
	}
	all := s.faxesIn(w, func(f *fax) bool { return f.status == "sent" && q.isFold("fax_id", s.faxID(f)) })
	return chargeList(s, q, w, "fax_charges", all, func(f *fax) object {
		sender, receiver := f.numbers()
		p, kind := pricePage, "local"
		if f.peer.country != "US" {
			p, kind = pricePageFar, "international"
		}
		o := object{
			"fax_id": s.faxID(f), "sender_number": sender, "receiver_number": receiver, "billing_number": sender, "end_time": stamp(f.end()),
			"charge_mode": "per_page", "fax_type": kind, "unlimited": false, "total_pages": f.pages, "rate": p.text, "currency": "USD",
			"currency_sign": "$", "charge_status": "calculated", "charged_pages": f.pages, "total_charge": p.times(f.pages),
		}
		// Charges are calculated overnight.
		if q.now.Unix() < f.end()+6*3600 {
			o["charge_status"] = "pending"
			delete(o, "total_charge")
		}
		return o
	}), nil
}
