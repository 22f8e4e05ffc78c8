package simulator

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// userParam finds the user of a userId path parameter; code is the method's
// error code for one who does not exist.
func (s *Simulator) userParam(q *query, code int) (*user, error) {
	id := q.path("userId")
	if id == "me" && q.visit.login != nil {
		return q.visit.login, nil
	}
	if id == "me" {
		return nil, refuse(http.StatusBadRequest, 300, "Invalid user id. The value me is for apps of a user; a Server-to-Server app names the user.")
	}
	u, ok := s.company.user(id)
	if !ok {
		return nil, refuse(http.StatusNotFound, code, "User does not exist: %s.", id)
	}
	return u, nil
}

func siteView(at *site) object { return object{"id": at.id, "name": at.name} }

// userPhones writes numbers as the user methods do, without the plus.
func userPhones(e *extension) []object {
	return mapped(e.phones, func(p phone) object { return object{"id": p.id, "number": p.number} })
}

// plusPhones writes numbers as the other extension methods do, in E.164.
func plusPhones(e *extension) []object {
	return mapped(e.phones, func(p phone) object { return object{"id": p.id, "number": "+" + p.number} })
}

func (s *Simulator) planViews(u *user, named bool) []object {
	return mapped(u.plans, func(i int) object {
		p := s.company.plans[i]
		o := object{
			"type": p.kind, "billing_account_id": s.company.billing, "billing_account_name": companyName,
			"billing_subscription_id": subscriptionID(i), "billing_subscription_name": "Phone subscription",
		}
		if named {
			o["name"] = p.name
		}
		return o
	})
}

func subscriptionID(plan int) string { return "LI-SUBREF-" + itoa(40210017+plan*100) }

func (s *Simulator) listCallingPlans(*query) (any, error) {
	var out []object
	for i, p := range s.company.plans {
		assigned := s.company.assigned(i)
		out = append(out, object{
			"assigned": assigned, "available": p.subscribed - assigned, "name": p.name, "subscribed": p.subscribed, "type": p.kind,
			"billing_account_id": s.company.billing, "billing_account_name": companyName,
			"billing_subscription_id": subscriptionID(i), "billing_subscription_name": "Phone subscription",
		})
	}
	return object{"calling_plans": out}, nil
}

func (s *Simulator) listPhoneUsers(q *query) (any, error) {
	if err := q.oneOf("status", "activate", "deactivate", "pending"); err != nil {
		return nil, err
	}
	people := s.company.users
	if q.get("status") == "pending" {
		people = s.company.pending
	}
	keyword := strings.ToLower(q.get("keyword"))
	all := selected(people, func(u *user) bool {
		number := len(u.phones) > 0 && strings.Contains(u.phones[0].number, strings.TrimPrefix(keyword, "+"))
		found := keyword == "" || strings.Contains(strings.ToLower(u.name), keyword) || strings.Contains(u.email, keyword) ||
			strings.Contains(itoa(u.number), keyword) || number
		plan := q.get("calling_type") == "" || slices.ContainsFunc(u.plans, func(i int) bool {
			return q.is("calling_type", itoa(s.company.plans[i].kind))
		})
		return found && plan && q.is("status", u.status) && q.is("site_id", u.site.id) &&
			q.isFold("department", u.department) && q.isFold("cost_center", u.costCenter)
	})
	return list(s, q, "users", mapped(all, func(u *user) object {
		o := object{
			"email": u.email, "id": u.id, "name": u.name, "site": siteView(u.site), "status": u.status,
			"activation_status": "not ready", "department": u.department, "cost_center": u.costCenter,
		}
		if u.status == "pending" {
			return o
		}
		o["extension_id"], o["extension_number"], o["phone_user_id"] = u.extID, u.number, u.phoneUserID
		o["activation_status"] = "activated"
		o["phone_numbers"] = userPhones(u.extension)
		if len(u.plans) > 0 {
			o["calling_plans"] = s.planViews(u, true)
		}
		return o
	})), nil
}

func (s *Simulator) phoneUser(q *query) (any, error) {
	u, err := s.userParam(q, 1001)
	if err != nil {
		return nil, err
	}
	at := u.site
	return object{
		"calling_plans": s.planViews(u, false), "cost_center": u.costCenter, "department": u.department, "email": u.email,
		"emergency_address": object{
			"address_line1": at.street, "address_line2": addressLine2, "city": at.city, "country": "US", "id": u.address,
			"state_code": at.state, "zip": at.zip,
		},
		"extension_id": u.extID, "extension_number": u.number, "id": u.id, "phone_numbers": userPhones(u.extension),
		"phone_user_id": u.phoneUserID, "policy": s.userPolicy(u), "site_admin": slices.Contains(s.company.admins, u),
		"site_id": at.id, "status": u.status,
	}, nil
}

// audioID is the id of one of the audio files of the account.
func (s *Simulator) audioID(n int) string {
	return s.keys.short(ref{kind: refMisc, day: 4, n: uint16(n)})
}

func (s *Simulator) phoneUserSettings(q *query) (any, error) {
	u, err := s.userParam(q, 1001)
	if err != nil {
		return nil, err
	}
	manager := s.company.admins[0]
	share := []object{{"access_user_id": manager.id, "allow_delete": false, "allow_download": true, "shared_id": s.audioID(u.number)}}
	o := object{
		"area_code": u.site.areaCode, "audio_prompt_language": "en-US", "default_transcription_language": "en-US",
		"company_number": u.site.main.did(), "country": object{"code": "US", "country_code": "1", "name": "United States"},
		"delegation": object{"assistants": mapped(u.assistants, func(a *user) object {
			return object{"display_name": a.name, "extension_id": a.extID, "extension_number": a.number, "extension_type": "user", "id": a.id}
		}), "privacy": len(u.assistants) > 0, "privileges": []int{1, 2, 3}, "locked": false},
		"extension_number": u.number, "music_on_hold_id": s.audioID(1), "outbound_caller": object{"number": u.did()},
		"outbound_caller_ids": []object{
			{"is_default": true, "name": u.name, "number": u.did()},
			{"is_default": false, "name": companyName, "number": u.site.main.did()},
		},
		"status": map[bool]string{true: "Active", false: "Inactive"}[u.status == "activate"],
		"voice_mail": []object{{
			"access_user_id": u.id, "access_user_type": "user", "delete": true, "download": true, "shared_id": s.audioID(u.number + 1),
		}},
		"auto_call_recording_access_members": share, "ad_hoc_call_recording_access_members": share,
		"intercom": s.intercom(u), "desk_phone": s.deskPhone(u), "shared_lines_call_setting": s.sharedLinesOf(u),
		"holiday_hours": mapped(s.holidays(q), func(h holiday) object {
			return object{"holiday_id": h.id, "name": h.name, "from": h.from, "to": h.to}
		}),
		"break_hours":             []object{s.breakOf(u)},
		"business_hours_settings": object{"business_hour_type": 2, "business_hours": businessHours()},
	}
	return o, nil
}

// clockTime writes seconds since midnight as 08:00.
func clockTime(seconds int) string { return fmt.Sprintf("%02d:%02d", seconds/3600, seconds/60%60) }

// breakOf is the break of the day.
func (s *Simulator) breakOf(u *user) object {
	o := object{
		"break_hour_id": s.breakID(), "break_hour_name": "Lunch", "break_hour_type": "every_business_day",
		"break_hour_setting": object{"from": clockTime(12 * 3600), "to": clockTime(12*3600 + lunchTime)},
	}
	if u.shifts {
		var days []object
		for weekday := time.Monday; weekday <= time.Friday; weekday++ {
			from := u.lunch(weekday)
			days = append(days, object{"weekday": int(weekday) + 1, "enable": true, "from": clockTime(from), "to": clockTime(from + lunchTime)})
		}
		o["break_hour_type"], o["break_hour_setting"] = "custom_hours", object{"days": days}
	}
	return o
}

func businessHours() []object {
	var out []object
	for weekday := 1; weekday <= 7; weekday++ { // 1 is Sunday
		h := object{"weekday": weekday, "type": 2, "from": clockTime(opening), "to": clockTime(closing)}
		if weekday == 1 || weekday == 7 {
			h = object{"weekday": weekday, "type": 0, "from": "00:00", "to": "00:00"}
		}
		out = append(out, h)
	}
	return out
}

func (s *Simulator) deskPhone(u *user) object {
	o := object{"devices": []object{}, "keys_positions": object{"primary_number": u.did()}, "phone_screen_lock": u.deskPhone != ""}
	if u.deskPhone == "" {
		return o
	}
	o["pin_code"] = "000000"
	o["devices"] = []object{{
		"device_type": "Yealink SIP-T54W", "display_name": u.first + "'s desk phone", "id": u.deskPhone, "status": map[bool]string{true: "online", false: "offline"}[u.status == "activate"],
		"mac_address": "0015655" + strconv.FormatInt(int64(0xa0000+u.number), 16), "private_ip": u.ip, "public_ip": u.site.publicIP,
		"policy": object{"call_control": object{"status": "on"}, "hot_desking": object{"status": "off"}},
	}}
	return o
}

func (s *Simulator) intercom(u *user) object {
	o := object{"audio_intercoms": []object{}, "device": object{}}
	if u.deskPhone != "" {
		o["device"] = object{"id": u.deskPhone, "name": u.first + "'s desk phone"}
	}
	o["audio_intercoms"] = mapped(u.assistants, func(a *user) object {
		i := object{
			"extension_id": a.extID, "extension_number": itoa(a.number), "extension_type": "user", "display_name": a.name,
			"status": "active", "device_status": "no device",
		}
		if a.deskPhone != "" {
			i["device_id"], i["device_status"] = a.deskPhone, "online"
		}
		return i
	})
	return o
}

func (s *Simulator) sharedLinesOf(u *user) object {
	groups, executives := []object{}, []object{}
	for _, g := range s.company.sharedLines {
		if slices.Contains(g.members, u) {
			groups = append(groups, object{"slg_id": g.id, "display_name": g.name, "receive_calls": true})
		}
	}
	for _, boss := range s.company.users {
		if slices.Contains(boss.assistants, u) {
			executives = append(executives, object{"user_id": boss.id, "display_name": boss.name, "receive_calls": true, "allow_opt_out": true})
		}
	}
	return object{
		"shared_line_appearances": object{"executives": executives},
		"shared_line_groups":      object{"receive_calls": len(groups) > 0, "shared_line_group": groups},
	}
}

// numbers of the carrier

func (s *Simulator) listCrPhoneNumbers(q *query) (any, error) {
	if err := q.oneOf("assigned_status", "assigned", "unassigned", "returned"); err != nil {
		return nil, err
	}
	all := selected(s.company.numbers, func(n carrierNumber) bool {
		return q.is("assigned_status", n.assigned) && q.is("sub_account_id", s.company.subAccount) &&
			strings.Contains(n.number, strings.TrimPrefix(q.get("keyword"), "+"))
	})
	return list(s, q, "carrier_reseller_numbers", mapped(all, func(n carrierNumber) object {
		return object{
			"assigned_status": n.assigned, "carrier_code": 9457, "country_iso_code": "US", "phone_number": n.number,
			"status":         map[bool]string{true: "active", false: "inactive"}[n.active],
			"sub_account_id": s.company.subAccount, "sub_account_name": companyName,
		}
	})), nil
}

// directory lists the dial-by-name directory of a site.
func (s *Simulator) directory(q *query, siteID string) (any, error) {
	if siteID == "" {
		return nil, invalidField("site_id", "This field is required.")
	}
	if s.company.siteByID[siteID] == nil {
		return nil, refuse(http.StatusBadRequest, 300, "Site does not exist: %s.", siteID)
	}
	listed, given := q.flag("in_directory")
	all := selected(s.company.users, func(u *user) bool {
		return u.site.id == siteID && q.is("site_id", siteID) && (!given || u.listed == listed)
	})
	out := list(s, q, "result", mapped(all, func(u *user) object {
		return object{
			"extension_id": u.extID, "display_name": u.name, "email": u.email, "extension_number": itoa(u.number), "site": siteView(u.site),
		}
	}))
	delete(out, "total_records")
	return out, nil
}

func (s *Simulator) listUsersFromDirectory(q *query) (any, error) {
	return s.directory(q, q.get("site_id"))
}

func (s *Simulator) listUsersFromDirectoryBySite(q *query) (any, error) {
	return s.directory(q, q.path("siteId"))
}

func (s *Simulator) listExternalContacts(q *query) (any, error) {
	out := list(s, q, "external_contacts", mapped(s.company.contacts, func(x *contact) object {
		return object{
			"description": x.description, "email": x.email, "extension_number": itoa(x.number), "external_contact_id": x.id,
			"id": x.customID, "name": x.name, "phone_numbers": x.numbers, "auto_call_recorded": x.recorded,
			"profile_picture_download_url": s.signedURL(q, "picture", x.id), "enable_internal_extension": true,
		}
	}))
	delete(out, "total_records")
	return out, nil
}
