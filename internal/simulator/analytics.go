package simulator

func (s *Simulator) callqueueanalytics(q *query) (any, error) {
	for _, name := range []string{"from", "to"} {
		if q.get(name) == "" {
			return nil, invalidField(name, "This field is required.")
		}
	}
	w, err := q.window(reachAnalytics)
	if err != nil {
		return nil, err
	}
	type tally struct {
		inbound, completed, abandoned, overflowed    int
		handled, wrapUp, waited, longest             int
		outbound, outboundConnected, outboundMissing int
	}
	tallies := map[*queue]*tally{}
	for _, queue := range s.company.queues {
		tallies[queue] = &tally{}
	}
	s.calls.back(w.from, w.to, func(c *call) bool {
		if !w.holds(c.start) || c.end > w.now {
			return true
		}
		if c.queue != nil {
			t := tallies[c.queue]
			t.inbound++
			t.waited += c.waited
			t.longest = max(t.longest, c.waited)
			switch c.outcome {
			case "completed":
				t.completed++
				t.handled += int(c.end - c.answer)
				t.wrapUp += c.wrapUp
			case "abandoned":
				t.abandoned++
			case "overflowed":
				t.overflowed++
			}
			return true
		}
		// Members of a recorded queue call out on its behalf.
		if c.direction == "outbound" && c.connect == "external" {
			for _, queue := range s.company.queues {
				if queue.records && queue.department == c.owner.department {
					t := tallies[queue]
					t.outbound++
					if c.measured() {
						t.outboundConnected++
					} else {
						t.outboundMissing++
					}
				}
			}
		}
		return true
	})
	all := selected(s.company.queues, func(queue *queue) bool {
		return q.is("site_id", queue.site.id) && q.has("call_queue_ext_ids", queue.extID) &&
			q.isFold("department", queue.department) && q.isFold("cost_center", queue.costCenter)
	})
	page, next := paginate(s, q, all)
	out := object{"from": w.fromText, "to": w.toText, "page_size": q.size, "next_page_token": next}
	if len(page) > 0 {
		out["call_queues"] = mapped(page, func(queue *queue) object {
			t := tallies[queue]
			return object{
				"call_queue_id": queue.id, "call_queue_name": queue.name, "call_queue_ext_id": queue.extID,
				"inbound_calls": t.inbound, "completed_calls": t.completed, "abandoned_calls": t.abandoned,
				"overflowed_calls": t.overflowed, "avg_handle_time": t.handled / max(1, t.completed),
				"avg_wrap_up_time": t.wrapUp / max(1, t.completed), "avg_in_queue_wait_time": t.waited / max(1, t.inbound),
				"max_in_queue_wait_time": t.longest, "outbound_calls": t.outbound, "outbound_connected_calls": t.outboundConnected,
				"outbound_unconnected_calls": t.outboundMissing, "site_name": queue.site.name, "site_id": queue.site.id,
			}
		})
	}
	return out, nil
}
