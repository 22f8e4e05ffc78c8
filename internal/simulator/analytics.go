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
		inbound, completed, abandoned, overflowed int
		handled, wrapUp, waited, longest          int
	}
	tallies := map[*queue]*tally{}
	for _, queue := range s.company.queues {
		tallies[queue] = &tally{}
	}
	s.calls.back(w.from, w.to, func(c *call) bool {
		if !w.holds(c.start) || c.end > w.now {
			return true
		}
		for _, v := range c.visits {
			t := tallies[v.queue]
			t.inbound++
			t.waited += v.waited
			t.longest = max(t.longest, v.waited)
			switch v.outcome {
			case "completed":
				t.completed++
				t.handled += int(c.end - c.answer)
				t.wrapUp += v.wrapUp
			case "abandoned":
				t.abandoned++
			case "overflowed":
				t.overflowed++
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
				"max_in_queue_wait_time": t.longest,
				// Nobody calls out for a queue: members call for themselves.
				"outbound_calls": 0, "outbound_connected_calls": 0, "outbound_unconnected_calls": 0, "site_name": queue.site.name, "site_id": queue.site.id,
			}
		})
	}
	return out, nil
}
