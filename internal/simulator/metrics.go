package simulator

import (
	"fmt"
	"math/rand/v2"
	"net/http"
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
	if c.owner.site.code == 20 {
		bad = 22
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

// metricParty is one end of a call with its equipment.
func (s *Simulator) metricParty(p *party, taker *user, detail bool) object {
	o := object{"extension_number": p.extNumber(), "phone_number": p.number, "codec": "G.711u"}
	u := p.user
	if u == nil && p.internal() {
		u = taker // a queue's or a menu's call was heard by whoever took it
	}
	if u != nil {
		o["codec"], o["device_type"] = "OPUS", strings.SplitN(u.client, "(", 2)[0]
		o["device_private_ip"], o["device_public_ip"] = u.ip, u.site.publicIP
		o["isp"] = u.site.isp
		gear := [...][2]string{{"Jabra Evolve2 65", "Jabra Evolve2 65"}, {"Poly Voyager 4320", "Poly Voyager 4320"}, {"Built-in speaker", "Built-in microphone"}}[u.number%3]
		o["headset"], o["microphone"] = gear[0], gear[1]
	}
	if p.internal() {
		o["site_id"] = p.ext.site.id
	}
	if detail && p.ext != nil {
		o["id"], o["display_name"] = p.ext.extID, p.name
		if p.internal() {
			o["extension_type"] = p.ext.kind.camel()
		}
	}
	return o
}

func (s *Simulator) metricView(c *call, detail bool) object {
	seconds, _ := c.connected()
	return object{
		"call_id": c.id, "caller": s.metricParty(&c.from, c.taker, detail), "callee": s.metricParty(&c.to, c.taker, detail),
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
		numbers := number == "" || strings.TrimPrefix(c.from.number, "+") == number || strings.TrimPrefix(c.to.number, "+") == number
		extension := q.get("extension_number") == "" || q.is("extension_number", c.from.extNumber()) || q.is("extension_number", c.to.extNumber())
		return numbers && extension && q.has("durations", bucket) && q.has("directions", c.metricDirection()) &&
			q.isFold("department", c.owner.department) && q.isFold("cost_center", c.owner.costCenter)
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
		return c.measured() && q.is("site_id", c.owner.site.id) && s.qualityIs(q, c) && keep(c)
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
	side := func(p *party) object {
		o := object{"receiving": quality.samples(c), "sending": quality.samples(c)}
		u := p.user
		if u == nil && p.internal() {
			u = c.taker
		}
		if u != nil {
			o["device_private_ip"], o["device_public_ip"] = u.ip, u.site.publicIP
		}
		return o
	}
	return object{"call_id": c.id, "caller_qos": side(&c.from), "callee_qos": side(&c.to)}, nil
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
