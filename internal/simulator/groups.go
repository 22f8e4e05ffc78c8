package simulator

import (
	"net/http"
	"time"
)

// queueParam finds the queue of a callQueueId path parameter.
func (s *Simulator) queueParam(q *query) (*queue, error) {
	queue, ok := s.company.queueByID[q.path("callQueueId")]
	if !ok {
		return nil, refuse(http.StatusNotFound, 13000, "The Call Queue does not exist, callQueueId:%s.", q.path("callQueueId"))
	}
	return queue, nil
}

func (c *queue) status() string {
	if c.active {
		return "active"
	}
	return "inactive"
}

// queuePhones are a queue's numbers with where they come from.
func queuePhones(c *queue) []object {
	return mapped(c.phones, func(p phone) object {
		return object{"id": p.id, "number": "+" + p.number, "source": "internal"}
	})
}

func (s *Simulator) listCallQueues(q *query) (any, error) {
	all := selected(s.company.queues, func(c *queue) bool {
		return q.is("site_id", c.site.id) && q.isFold("department", c.department) && q.isFold("cost_center", c.costCenter)
	})
	return list(s, q, "call_queues", mapped(all, func(c *queue) object {
		return object{
			"extension_id": c.extID, "extension_number": c.number, "id": c.id, "name": c.name, "phone_numbers": queuePhones(c),
			"site": siteView(c.site), "status": c.status(),
		}
	})), nil
}

func (s *Simulator) getACallQueue(q *query) (any, error) {
	c, err := s.queueParam(q)
	if err != nil {
		return nil, err
	}
	pauses := s.pausesOfDay(dayOf(q.now.Unix()))
	members := object{"users": mapped(c.members, func(u *user) object {
		level := "user"
		if u == c.manager {
			level = "manager"
		}
		return object{"id": u.id, "level": level, "name": u.name, "receive_call": c.takes(u, q.now.Unix(), pauses), "extension_id": u.extID}
	})}
	if len(c.commonAreas) > 0 {
		members["common_areas"] = mapped(c.commonAreas, func(e *extension) object {
			return object{"id": e.id, "name": e.name, "extension_id": e.extID}
		})
	}
	return object{
		"cost_center": c.costCenter, "department": c.department, "extension_id": c.extID, "extension_number": c.number, "id": c.id,
		"members": members, "name": c.name, "phone_numbers": queuePhones(c), "site": siteView(c.site), "status": c.status(),
		"policy": object{"voicemail_access_members": []object{{
			"access_user_id": c.manager.id, "access_user_type": "user", "allow_download": true, "allow_delete": true, "allow_sharing": false,
			"shared_id": s.audioID(c.number),
		}}},
		"timezone": c.site.timezone, "audio_prompt_language": "en-US", "default_transcription_language": "en-US",
		"recording_storage_location": "US", "own_storage_name": "Recordings Denver",
	}, nil
}

func (s *Simulator) listCallQueueMembers(q *query) (any, error) {
	c, err := s.queueParam(q)
	if err != nil {
		return nil, err
	}
	pauses := s.pausesOfDay(dayOf(q.now.Unix()))
	all := mapped(c.members, func(u *user) object {
		return object{"id": u.id, "level": "user", "name": u.name, "receive_call": c.takes(u, q.now.Unix(), pauses), "extension_id": u.extID}
	})
	for _, e := range c.commonAreas {
		all = append(all, object{"id": e.id, "level": "commonArea", "name": e.name, "receive_call": true, "extension_id": e.extID})
	}
	return list(s, q, "call_queue_members", all), nil
}

func (s *Simulator) listSharedLineGroups(q *query) (any, error) {
	return list(s, q, "shared_line_groups", mapped(s.company.sharedLines, func(g *sharedLine) object {
		return object{
			"display_name": g.name, "extension_id": g.extID, "extension_number": g.number, "id": g.id,
			"phone_numbers": mapped(g.phones, func(p phone) object {
				return object{"id": p.id, "number": "+" + p.number, "status": "available"}
			}),
			"site": siteView(g.site), "status": "active",
		}
	})), nil
}

// holiday is a day on which the company is closed.
type holiday struct {
	id, name, from, to string
}

// holidays are those of the year of the query.
func (s *Simulator) holidays(q *query) []holiday {
	var out []holiday
	for i, h := range festivals {
		at := time.Date(q.now.Year(), h.month, h.day, 0, 0, 0, 0, time.UTC)
		out = append(out, holiday{s.audioID(100 + i), h.name, at.Format(time.RFC3339), at.AddDate(0, 0, 1).Format(time.RFC3339)})
	}
	return out
}

// breakID is the id of the lunch break, the same for everybody.
func (s *Simulator) breakID() string { return s.audioID(200) }

func (s *Simulator) menuParam(q *query, code int, message string) (*receptionist, error) {
	a, ok := s.company.menuByID[q.path("autoReceptionistId")]
	if !ok {
		return nil, refuse(http.StatusBadRequest, code, message, q.path("autoReceptionistId"))
	}
	return a, nil
}

// menuView has the fields that the list and the detail share.
func (s *Simulator) menuView(q *query, a *receptionist) object {
	return object{
		"cost_center": a.costCenter, "department": a.department, "extension_id": a.extID, "extension_number": a.number, "name": a.name,
		"timezone": a.site.timezone, "audio_prompt_language": "en-US", "phone_numbers": plusPhones(a.extension), "site": siteView(a.site),
		"holiday_hours": mapped(s.holidays(q), func(h holiday) object {
			return object{"id": h.id, "name": h.name, "from": h.from, "to": h.to}
		}),
	}
}

func (s *Simulator) listAutoReceptionists(q *query) (any, error) {
	return list(s, q, "auto_receptionists", mapped(s.company.receptionists, func(a *receptionist) object {
		o := s.menuView(q, a)
		o["id"] = a.id
		return o
	})), nil
}

func (s *Simulator) getAutoReceptionistDetail(q *query) (any, error) {
	a, err := s.menuParam(q, 300, "Auto receptionist does not exist: %s.")
	if err != nil {
		return nil, err
	}
	o := s.menuView(q, a)
	o["default_transcription_language"] = "en-US"
	o["recording_storage_location"], o["own_storage_name"] = "US", "Recordings Denver"
	return o, nil
}

func (s *Simulator) getAutoReceptionistsPolicy(q *query) (any, error) {
	a, err := s.menuParam(q, 300, "Auto receptionist does not exist: %s.")
	if err != nil {
		return nil, err
	}
	manager := s.company.queues[0].manager
	return s.inherit(object{
		"voicemail_access_members": []object{{
			"shared_id": s.audioID(a.number), "access_user_id": manager.id, "access_user_type": "user", "delete": false, "download": true,
		}},
		"voicemail_transcription": sitePolicy(true),
		"voicemail_notification_by_email": sitePolicy(true,
			"include_voicemail_file", false, "include_voicemail_transcription", true, "forward_voicemail_to_email", false),
		"sms": sitePolicy(true, "international_sms", false, "international_sms_countries", []string{"CA", "GB"}),
	}), nil
}

func (s *Simulator) getAutoReceptionistIvr(q *query) (any, error) {
	a, err := s.menuParam(q, 400, "Auto Receptionist does not exist: %s.")
	if err != nil {
		return nil, err
	}
	keys, closed := a.keys, false
	switch hours := q.get("hours_type"); {
	case q.get("holiday_id") != "":
		found := false
		for _, h := range s.holidays(q) {
			found = found || h.id == q.get("holiday_id")
		}
		if !found {
			return nil, refuse(http.StatusBadRequest, 400, "Holiday hours handling does not exist: %s.", q.get("holiday_id"))
		}
		closed = true
	case hours == "break_hours":
		if q.get("break_id") != s.breakID() {
			return nil, refuse(http.StatusBadRequest, 400, "Break hours handling does not exist: %s.", q.get("break_id"))
		}
		closed = true
	case hours == "closed_hours", hours == "holiday_hours":
		closed = true
	default:
		if err := q.oneOf("hours_type", "", "business_hours"); err != nil {
			return nil, err
		}
	}
	noAction := s.ivrTarget(a.noAction)
	action := object{
		"action": forwardAction(a.noAction), "caller_no_input_timeout": 5, "audio_prompt_repeat": 3, "forward_to": noAction,
		"voicemail_greeting": object{"id": a.greetingID, "name": "voicemail-greeting.wav"},
	}
	prompt := "main-menu.wav"
	if closed {
		keys, prompt, action = a.closed, "closed.wav", object{"action": -1, "caller_no_input_timeout": 5, "audio_prompt_repeat": 1}
	}
	return object{
		"audio_prompt": object{"id": a.promptID, "name": prompt}, "caller_enters_no_action": action,
		"key_actions": mapped(keys, func(k ivrKey) object {
			o := object{"action": k.action, "key": k.key, "target": s.ivrTarget(k.target)}
			if k.voicemail {
				o["voicemail_greeting"] = object{"id": a.greetingID, "name": "voicemail-greeting.wav"}
			}
			return o
		}),
		"allow_callers_to_navigate_ivr": object{"enable": !closed, "voice_input_confidence_score": "high"},
		"allow_dialing_by_extension":    true,
	}, nil
}

// forwardAction is Zoom's number for forwarding to an extension.
func forwardAction(e *extension) int {
	return map[kind]int{isUser: 2, isCommonArea: 4, isReceptionist: 6, isQueue: 7, isSharedLine: 8, isContact: 9}[e.kind]
}

func (s *Simulator) ivrTarget(e *extension) object {
	o := object{"display_name": e.name, "extension_id": e.extID, "extension_number": itoa(e.number), "id": e.id, "phone_number": e.did()}
	if e.kind == isContact {
		o["external_contact_id"] = e.id
	}
	return o
}
