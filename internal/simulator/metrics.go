package simulator

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
)

// goodMOS is the mean opinion score from which on a call counts as good.
const goodMOS = 3.5

// quality is how a call sounded.
type quality struct {
	mos  float64
	rand *rand.Rand
}

// quality is drawn for each call; Boston's line is worse than the others.
func (s *Simulator) quality(c *call) quality {
	r := s.keys.rand(streamQuality, c.day, uint64(c.n))
	mos := 3.9 + r.Float64()*0.5
	bad := 4
	for _, e := range c.ends() {
		if e.station != nil && e.station.site.code == 20 {
			bad = 22
		}
	}
	if r.IntN(100) < bad {
		mos = 2.1 + r.Float64()*1.3
	}
	return quality{mos, r}
}

func (q quality) text() string { return fmt.Sprintf("%.1f", q.mos) }

func (q quality) good() bool { return q.mos >= goodMOS-0.05 }

// measured reports whether a call has figures of quality: people spoke.
func (c *call) measured() bool {
	_, ok := c.connected()
	return ok
}

// metricDirection is the direction as the metrics write it.
func (c *call) metricDirection() string {
	if c.connect == "internal" {
		return "internal"
	}
	return c.direction
}

// callEnd is one end of a call with the phone of the company that was used
// there, nil outside. A queue's or a menu's call was heard by whoever took it.
type callEnd struct {
	*party
	station *extension
	phone   string // number, E.164
}

// ends are the caller's and the callee's.
func (c *call) ends() [2]callEnd {
	end := func(p *party) callEnd {
		switch {
		case !p.internal():
			return callEnd{p, nil, p.number}
		case p.ext.ip != "" || c.taker == nil:
			return callEnd{p, p.ext, p.number}
		}
		return callEnd{p, c.taker, c.taker.did()}
	}
	return [2]callEnd{end(&c.from), end(&c.to)}
}

// endIs reports whether either end of a call fits.
func (c *call) endIs(fits func(callEnd) bool) bool {
	ends := c.ends()
	return slices.ContainsFunc(ends[:], fits)
}

// extensionNumber is that of the phone, or of an outside contact.
func (e callEnd) extensionNumber() string {
	if e.station != nil {
		return itoa(e.station.number)
	}
	return e.extNumber()
}

// at reports whether the end is at a site; every one is at the site without a name.
func (e callEnd) at(siteID string) bool {
	return siteID == "" || e.station != nil && e.station.site.id == siteID
}

// metricEnd is one end of a call with its equipment.
func metricEnd(e callEnd, detail bool) object {
	x := e.station
	if x == nil {
		o := object{"extension_number": e.extensionNumber(), "phone_number": e.phone, "codec": "G.711u"}
		if detail && e.ext != nil {
			o["id"], o["display_name"] = e.ext.extID, e.name
		}
		return o
	}
	gear := [...][2]string{{"Jabra Evolve2 65", "Jabra Evolve2 65"}, {"Poly Voyager 4320", "Poly Voyager 4320"}, {"Built-in speaker", "Built-in microphone"}}[x.number%3]
	o := object{
		"extension_number": e.extensionNumber(), "phone_number": e.phone, "codec": "OPUS", "device_type": strings.SplitN(x.client, "(", 2)[0],
		"device_private_ip": x.ip, "device_public_ip": x.site.publicIP, "isp": x.site.isp, "headset": gear[0], "microphone": gear[1],
		"site_id": x.site.id,
	}
	if detail {
		o["id"], o["display_name"], o["extension_type"] = x.extID, x.name, x.kind.camel()
	}
	return o
}

func (s *Simulator) metricView(c *call, detail bool) object {
	seconds, _ := c.connected()
	ends := c.ends()
	return object{
		"call_id": c.id, "caller": metricEnd(ends[0], detail), "callee": metricEnd(ends[1], detail),
		"date_time": stamp(c.start), "direction": c.metricDirection(), "duration": seconds, "mos": s.quality(c).text(),
	}
}

// qualityIs filters by quality_type: good, bad, or all.
func (s *Simulator) qualityIs(q *query, c *call) bool {
	switch q.get("quality_type") {
	case "good":
		return s.quality(c).good()
	case "bad":
		return !s.quality(c).good()
	}
	return true
}

func (s *Simulator) listCallLogsMetrics(q *query) (any, error) {
	return s.metricList(q, reachMetrics, func(c *call) bool { return true })
}

func (s *Simulator) listPastCallMetrics(q *query) (any, error) {
	if err := q.oneOf("directions", "inbound", "outbound", "internal"); err != nil {
		return nil, err
	}
	if err := q.oneOf("durations", "0", "1", "2", "3"); err != nil {
		return nil, err
	}
	number := strings.TrimPrefix(q.get("phone_number"), "+")
	return s.metricList(q, reachPastCalls, func(c *call) bool {
		seconds, _ := c.connected()
		bucket := "3" // under a minute
		switch {
		case seconds > 600:
			bucket = "2"
		case seconds > 300:
			bucket = "1"
		case seconds >= 60:
			bucket = "0"
		}
		return q.has("durations", bucket) && q.has("directions", c.metricDirection()) && c.endIs(func(e callEnd) bool {
			return number == "" || strings.TrimPrefix(e.phone, "+") == number
		}) && c.endIs(func(e callEnd) bool {
			return q.get("extension_number") == "" || q.is("extension_number", e.extensionNumber())
		}) && c.endIs(func(e callEnd) bool {
			return q.isFold("department", "") && q.isFold("cost_center", "") ||
				e.station != nil && q.isFold("department", e.station.department) && q.isFold("cost_center", e.station.costCenter)
		})
	})
}

func (s *Simulator) metricList(q *query, r reach, keep func(*call) bool) (any, error) {
	if err := q.oneOf("quality_type", "good", "bad", "all"); err != nil {
		return nil, err
	}
	w, err := q.window(r)
	if err != nil {
		return nil, err
	}
	all := s.callsIn(w, func(c *call) bool {
		return c.measured() && c.endIs(func(e callEnd) bool { return e.at(q.get("site_id")) }) && s.qualityIs(q, c) && keep(c)
	})
	page, next := paginate(s, q, all)
	out := object{"from": w.fromText, "to": w.toText, "next_page_token": next, "page_size": q.size, "total_records": len(all)}
	if len(page) > 0 {
		out["call_logs"] = mapped(page, func(c *call) object { return s.metricView(c, false) })
	}
	return out, nil
}

func (s *Simulator) measuredCall(id string) (*call, error) {
	c, ok := s.callByID(id)
	if !ok || !c.measured() {
		return nil, refuse(http.StatusNotFound, 404, "Call does not exist: %s.", id)
	}
	return c, nil
}

func (s *Simulator) getCallLogMetricsDetails(q *query) (any, error) {
	c, err := s.measuredCall(q.path("call_id"))
	if err != nil {
		return nil, err
	}
	return s.metricView(c, true), nil
}

func (s *Simulator) getCallQoS(q *query) (any, error) {
	c, err := s.measuredCall(q.path("callId"))
	if err != nil {
		return nil, err
	}
	quality := s.quality(c)
	side := func(e callEnd) object {
		o := object{"receiving": quality.samples(c), "sending": quality.samples(c)}
		if e.station != nil {
			o["device_private_ip"], o["device_public_ip"] = e.station.ip, e.station.site.publicIP
		}
		return o
	}
	ends := c.ends()
	return object{"call_id": c.id, "caller_qos": side(ends[0]), "callee_qos": side(ends[1])}, nil
}

// samples are taken every minute of the conversation, at most twenty.
func (q quality) samples(c *call) []object {
	seconds, _ := c.connected()
	var out []object
	for i := range max(1, min(seconds/60, 20)) {
		mos := min(4.5, max(1, q.mos+(q.rand.Float64()-0.5)*0.2))
		strain := 4.6 - mos // from none to a lot
		out = append(out, object{
			"date_time": stamp(c.answer + int64(i*60)),
			"qos": object{
				"avg_loss": fmt.Sprintf("%.2f%%", strain*0.9), "max_loss": fmt.Sprintf("%.2f%%", strain*2.2),
				"bitrate": fmt.Sprintf("%.2fkbps", 14+q.rand.Float64()*30), "jitter": fmt.Sprintf("%.2fms", 2+strain*9),
				"mos": fmt.Sprintf("%.1f", mos), "network_delay": fmt.Sprintf("%.0f", 35+strain*110),
			},
		})
	}
	return out
}
