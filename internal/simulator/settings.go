package simulator

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// lockedSettings are those that the account keeps sites and users from changing.
const lockedSettings = "auto_delete_data_after_retention_duration call_queue_opt_out_reason voicemail_transcription " +
	"check_voicemails_over_phone peer_to_peer_media"

// accountSetting is a setting of the account, with what it has beside the switch.
func accountSetting(enable bool, more ...any) object {
	return with(object{"enable": enable, "locked": false, "locked_by": "invalid"}, more...)
}

// sitePolicy is a setting that a site may have of its own; see inherit.
func sitePolicy(enable bool, more ...any) object {
	return with(object{"enable": enable, "locked": false, "locked_by": "invalid", "modified": false}, more...)
}

// userSetting is a setting that a user may have of their own; see inherit.
func userSetting(enable bool, more ...any) object { return sitePolicy(enable, more...) }

// inherit tells of every policy of a site, a menu or a user whether the account
// has locked it, and whether it departs from the account's.
func (s *Simulator) inherit(policies object) object {
	account := s.accountSettings()
	for name, v := range policies {
		policy, _ := v.(object)
		above := account[name]
		if policy == nil || above == nil {
			continue
		}
		for _, field := range []string{"locked", "locked_by"} {
			if _, ok := policy[field]; ok {
				policy[field] = above[field]
			}
		}
		if _, ok := policy["modified"]; ok {
			policy["modified"] = departs(policy, above)
		}
	}
	return policies
}

// departs reports whether a plain value that both settings have differs.
func departs(policy, above object) bool {
	for field, v := range policy {
		switch v.(type) {
		case bool, string, int:
			if other, ok := above[field]; ok && other != v && !strings.HasPrefix(field, "locked") {
				return true
			}
		}
	}
	return false
}

// with adds names and values, by turns, to an object.
func with(o object, more ...any) object {
	for i := 0; i+1 < len(more); i += 2 {
		o[more[i].(string)] = more[i+1]
	}
	return o
}

func without(o object, names ...string) object {
	for _, name := range names {
		delete(o, name)
	}
	return o
}

func beep(member string) object {
	return object{"enable": true, "play_beep_member": member, "play_beep_volume": 40, "play_beep_time_interval": 30}
}

func consent(audio string) object {
	o := object{"recording_start_prompt": true, "recording_explicit_consent": false}
	if audio != "" {
		o["recording_start_prompt_audio_id"] = audio
	}
	return o
}

// forwardTo is an extension as call park settings name it.
func forwardTo(e *extension) object {
	return object{
		"display_name": e.name, "extension_id": e.extID, "extension_number": e.number, "extension_type": e.kind.camel(), "id": e.id,
	}
}

func optOutReasons() []object {
	return []object{
		{"code": "Lunch", "system": true, "enable": true}, {"code": "Break", "system": true, "enable": true},
		{"code": "Bench work", "system": false, "enable": true},
	}
}

func retention() []object {
	return []object{
		{"type": "callLog", "duration": 2, "time_unit": "year"}, {"type": "automaticRecording", "duration": 1, "time_unit": "year"},
		{"type": "onDemandRecording", "duration": 1, "time_unit": "year"}, {"type": "voicemail", "duration": 12, "time_unit": "month"},
		{"type": "sms", "duration": 13, "time_unit": "month"}, {"type": "fax", "duration": 13, "time_unit": "month"},
	}
}

func (s *Simulator) smsTemplates() []object {
	return []object{{
		"sms_template_id": s.audioID(300), "name": "Visit reminder", "description": "Sent the day before a visit",
		"content": "A reminder of our visit tomorrow. Please reply if the time no longer suits you.", "active": true,
	}}
}

func disclaimers() []object {
	return []object{{
		"language": "en", "title": "Recorded lines", "body": "Calls with support, service and sales are recorded.", "default": true,
	}}
}

func startPrompt(audio string) object {
	return object{"enable": true, "audio_id": audio, "audio_name": "start-prompt.wav"}
}

// accountSettings are all settings of the account by name.
func (s *Simulator) accountSettings() map[string]object {
	c := s.company
	operator := c.userOf[c.receptionists[0].noAction].extension
	settings := map[string]object{
		"call_live_transcription":         accountSetting(true, "transcription_start_prompt", startPrompt(s.audioID(10))),
		"select_outbound_caller_id":       accountSetting(true, "allow_hide_outbound_caller_id", false),
		"personal_audio_library":          accountSetting(true, "allow_music_on_hold_customization", true, "allow_voicemail_and_message_greeting_customization", true),
		"voicemail":                       accountSetting(true, "allow_videomail", false, "allow_download", true, "allow_delete", true, "allow_share", false, "allow_virtual_background", false),
		"voicemail_notification_by_email": accountSetting(true, "include_voicemail_file", false, "include_voicemail_transcription", true, "forward_voicemail_to_email", false),
		"restricted_call_hours": accountSetting(false, "time_zone", object{"id": "America/Denver", "name": "(GMT-7:00) Mountain Time"},
			"restricted_hours_applied", false, "restricted_holiday_hours_applied", false, "allow_internal_calls", true),
		"allowed_call_locations": accountSetting(false, "locations_applied", false, "allow_internal_calls", true),
		"auto_call_recording": accountSetting(true, "recording_calls", "both", "recording_transcription", true,
			"recording_start_prompt", true, "recording_start_prompt_audio_id", s.audioID(11), "recording_explicit_consent", false,
			"allow_stop_resume_recording", true, "disconnect_on_recording_failure", false, "play_recording_beep_tone", beep("allMembers"),
			"inbound_audio_notification", consent(s.audioID(11)), "outbound_audio_notification", consent(s.audioID(12))),
		"ad_hoc_call_recording": accountSetting(true, "recording_transcription", false, "allow_download", true, "allow_delete", false,
			"recording_start_prompt", true, "recording_explicit_consent", false, "play_recording_beep_tone", beep("recordingUser")),
		"sms": accountSetting(true, "international_sms", false),
		"sms_etiquette_tool": accountSetting(true, "sms_etiquette_policy", []object{{
			"id": s.audioID(301), "name": "Card numbers", "description": "No card numbers in messages", "rule": 2,
			"content": `\d{4}-\d{4}-\d{4}-\d{4}`, "action": 2, "active": true,
		}}),
		"zoom_phone_on_mobile":                    accountSetting(true, "allow_calling_sms_mms", true),
		"call_handling_forwarding_to_other_users": accountSetting(true, "call_forwarding_type", 2),
		"call_overflow":                           accountSetting(true, "call_overflow_type", 2),
		"call_transferring":                       accountSetting(true, "call_transferring_type", 1),
		"call_park":                               accountSetting(true, "expiration_period", 5, "call_not_picked_up_action", 50, "forward_to", forwardTo(operator), "sequence", 0),
		"private_call_park": accountSetting(true, "expiration_period", 5, "call_not_picked_up_action", 50, "forward_to", forwardTo(operator),
			"sequence", 1, "music_on_park", object{"audio_id": s.audioID(1), "audio_name": "hold-music.wav"}),
		"block_external_calls": accountSetting(false, "block_business_hours", false, "block_closed_hours", false, "block_holiday_hours", false,
			"block_call_action", 9),
		"call_queue_opt_out_reason":                 accountSetting(true, "call_queue_opt_out_reasons_list", optOutReasons()),
		"auto_delete_data_after_retention_duration": accountSetting(true, "items", retention(), "delete_type", 1, "permanently_delete_after_days", trashDays),
		"override_default_port":                     accountSetting(false, "min_port", 9000, "max_port", 9999),
		"advanced_encryption":                       accountSetting(false, "disable_incoming_unencrypted_voicemail", false),
		"display_call_feedback_survey": accountSetting(true, "feedback_type", 2, "feedback_mos", object{"enable": true, "min": "1", "max": "3.5"},
			"feedback_duration", object{"enable": true, "min": 1, "max": 60}),
		"online_fax":                 accountSetting(true, "enable_new_fax_email_notifications", true, "include_fax_as_attachment", false),
		"sms_template":               accountSetting(true, "sms_template_list", s.smsTemplates()),
		"call_screening":             accountSetting(false, "exclude_user_company_contacts", true),
		"auto_opt_out_in_call_queue": accountSetting(false, "prompt_before_opt_out_call_queue", true),
		"customize_line_name":        accountSetting(true, "user_line_name", "displayName;extensionNumber", "common_area_line_name", "displayName"),
		"show_custom_disclaimer_when_using_zoom_phone": accountSetting(true, "display_frequency", "every_quarter", "custom_disclaimer_list", disclaimers()),
		"manage_call_routing_for_unassigned_numbers": accountSetting(true, "incoming_call_action", "forward_to_another_extension",
			"incoming_call_routing_setting", object{
				"forward_extension_id": operator.extID, "forward_extension_type": "user", "forward_extension_name": operator.name,
				"forward_extension_number": operator.number,
			}),
	}
	for _, name := range strings.Fields(plainSettings) {
		settings[name] = accountSetting(!strings.Contains(" "+settingsOff+" ", " "+name+" "))
	}
	for _, name := range strings.Fields(lockedSettings) {
		settings[name]["locked"], settings[name]["locked_by"] = true, "account"
	}
	return settings
}

// plainSettings are nothing but a switch; settingsOff are those that are off.
const (
	plainSettings = `local_survivability_mode external_calling_on_zoom_room_common_area voicemail_transcription
		shared_voicemail_notification_by_email check_voicemails_over_phone international_calling outbound_calling outbound_sms
		zoom_phone_on_pwa e2e_encryption elevate_to_meeting hand_off_to_room mobile_switch_to_carrier delegation audio_intercom
		block_calls_without_caller_id auto_call_from_third_party_apps peer_to_peer_media block_list_for_inbound_calls_and_messaging
		block_calls_as_threat sms_auto_reply allow_end_user_edit_call_handling connect_to_operator no_hold_conference conference_dtmf
		end_conference_call_when_originator_drops chat_channel desk_phone_smart_key_positions_layout allow_mobile_home_phone_callout
		use_callkit_for_incoming_call_notifications_in_ios hide_phone_call_history_in_ios obfuscate_sensitive_data_during_call
		prevent_users_upload_audio_files voicemail_tasks voicemail_intent_based_prioritization team_sms_thread_summary`
	settingsOff = "local_survivability_mode block_calls_without_caller_id obfuscate_sensitive_data_during_call " +
		"hide_phone_call_history_in_ios auto_call_from_third_party_apps prevent_users_upload_audio_files no_hold_conference"
)

func (s *Simulator) listZoomPhoneAccountSettings(q *query) (any, error) {
	all := s.accountSettings()
	wanted := strings.FieldsFunc(q.get("setting_types"), func(r rune) bool { return r == ',' || r == ' ' })
	for _, name := range wanted {
		if all[name] == nil {
			return nil, refuse(http.StatusBadRequest, 400, "Setting type(s) supplied in query parameter setting_types is invalid.")
		}
	}
	if len(wanted) > 0 {
		maps.DeleteFunc(all, func(name string, _ object) bool { return !slices.Contains(wanted, name) })
	}
	return all, nil
}

func (s *Simulator) phoneSetting(*query) (any, error) {
	return object{
		"byoc": object{"enable": true}, "country": object{"code": "US", "name": "United States"},
		"multiple_sites":              object{"enabled": true, "site_code": true},
		"show_device_ip_for_call_log": object{"enable": true}, "multiple_party_conference": object{"enable": true},
		"billing_account": object{"id": s.company.billing, "name": companyName},
	}, nil
}

func (s *Simulator) getAccountPolicyDetails(q *query) (any, error) {
	if q.path("policyType") != "allow_emergency_calls" {
		return nil, refuse(http.StatusBadRequest, 400, "Invalid value for parameter 'policyType'.")
	}
	return object{"allow_emergency_calls": accountSetting(true,
		"allow_emergency_calls_from_clients", true, "allow_emergency_calls_from_deskphones", true)}, nil
}

// userPolicy is what a user may do.
func (s *Simulator) userPolicy(u *user) object {
	admin := s.company.admins[0]
	access := func(names ...string) []object {
		o := object{"access_user_id": admin.id, "shared_id": s.audioID(u.number)}
		for _, name := range names {
			o[name] = name != "allow_delete"
		}
		return []object{o}
	}
	// bare is a setting for which Zoom tells nothing about modification.
	bare := func(enable bool, more ...any) object { return without(userSetting(enable, more...), "modified") }
	// own is a setting for which Zoom does not tell who locked it.
	own := func(enable bool) object { return without(userSetting(enable), "locked_by") }
	recordingCalls := u.records
	if recordingCalls == "" {
		recordingCalls = "both"
	}
	policy := s.inherit(object{
		"ad_hoc_call_recording": bare(true, "recording_start_prompt", true, "recording_transcription", false,
			"play_recording_beep_tone", beep("recordingSide")),
		"ad_hoc_call_recording_access_members": access("allow_delete", "allow_download"),
		"auto_call_recording": bare(u.records != "", "allow_stop_resume_recording", true, "disconnect_on_recording_failure", false,
			"recording_calls", recordingCalls, "recording_explicit_consent", false, "recording_start_prompt", true,
			"recording_transcription", true, "play_recording_beep_tone", beep("allMember"),
			"inbound_audio_notification", consent(""), "outbound_audio_notification", consent("")),
		"auto_call_recording_access_members": access("allow_delete", "allow_download"),
		"call_overflow":                      userSetting(true, "call_overflow_type", 2),
		"call_park": bare(true, "call_not_picked_up_action", 50, "expiration_period", 5,
			"forward_to", forwardTo(s.company.receptionists[0].noAction)),
		"call_transferring": bare(true, "call_transferring_type", 1),
		"delegation":        len(u.assistants) > 0, "elevate_to_meeting": true,
		"emergency_address_management": object{"enable": true, "prompt_default_address": false}, "emergency_calls_to_psap": true,
		"forwarding_to_external_numbers":          u.department == "Sales",
		"call_handling_forwarding_to_other_users": userSetting(true, "call_forwarding_type", 2),
		"hand_off_to_room":                        bare(true), "international_calling": u.department == "Sales",
		"mobile_switch_to_carrier":  bare(false),
		"select_outbound_caller_id": bare(true, "allow_hide_outbound_caller_id", false),
		"sms": bare(true, "international_sms", false, "international_sms_countries", []string{"CA", "GB"},
			"allow_copy", true, "allow_paste", true),
		"voicemail": object{
			"allow_delete": true, "allow_download": true, "allow_transcription": true, "allow_videomail": false, "enable": true,
		},
		"voicemail_access_members": access("allow_delete", "allow_download", "allow_sharing"),
		"zoom_phone_on_mobile": bare(true, "allow_calling_clients", []string{"ios", "android"},
			"allow_sms_mms_clients", []string{"ios", "android"}, "allow_calling_sms_mms", true),
		"personal_audio_library": userSetting(true, "allow_music_on_hold_customization", true,
			"allow_voicemail_and_message_greeting_customization", true),
		"voicemail_transcription":                userSetting(true),
		"voicemail_notification_by_email":        userSetting(true, "include_voicemail_file", false, "include_voicemail_transcription", true),
		"shared_voicemail_notification_by_email": userSetting(false),
		"check_voicemails_over_phone":            userSetting(true), "audio_intercom": userSetting(len(u.assistants) > 0),
		"peer_to_peer_media": userSetting(true), "e2e_encryption": userSetting(u.deskPhone == ""),
		"outbound_calling": own(true), "outbound_sms": own(true), "allow_end_user_edit_call_handling": own(true),
		"voicemail_intent_based_prioritization": userSetting(true), "voicemail_tasks": userSetting(true),
		"zoom_phone_on_desktop": userSetting(true, "allow_calling_clients", []string{"mac_os", "windows"},
			"allow_sms_mms_clients", []string{"mac_os", "windows"}),
		"online_fax": userSetting(true, "fax_notification_by_email", true, "include_fax_as_attachment", false,
			"enable_outbound_fax_transmission_report", true),
		"show_custom_disclaimer_when_using_zoom_phone": bare(true, "display_frequency", "every_quarter",
			"custom_disclaimer_list", disclaimers()),
	})
	// Of a user's policy it is told who locked it only where somebody did.
	for _, v := range policy {
		if o, _ := v.(object); o["locked"] == false {
			delete(o, "locked_by")
		}
	}
	return policy
}
