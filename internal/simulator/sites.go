package simulator

import (
	"net/http"
	"strings"
)

// addressLine2 is where in a building help is received.
const addressLine2 = "Reception"

// mainMenu is a site's main auto receptionist.
func mainMenu(at *site) object {
	return object{"extension_id": at.main.extID, "extension_number": at.main.number, "id": at.main.id, "name": at.main.name}
}

func (s *Simulator) listPhoneSites(q *query) (any, error) {
	name := strings.ToLower(q.get("site_name"))
	all := selected(s.company.sites, func(at *site) bool { return strings.Contains(strings.ToLower(at.name), name) })
	return list(s, q, "sites", mapped(all, func(at *site) object {
		return object{
			"country": object{"code": "US", "name": "United States"}, "id": at.id, "main_auto_receptionist": mainMenu(at),
			"name": at.name, "site_code": at.code,
		}
	})), nil
}

func (s *Simulator) getASite(q *query) (any, error) {
	at := s.company.siteByID[q.path("siteId")]
	if at == nil {
		return nil, refuse(http.StatusBadRequest, 400, "The site does not exist.")
	}
	return object{
		"country": object{"code": "US", "name": "United States"}, "id": at.id, "main_auto_receptionist": mainMenu(at), "name": at.name,
		"short_extension": object{"length": 2}, "site_code": at.code, "policy": s.sitePolicies(at),
		"sip_zone": object{"id": s.audioID(400 + at.code), "name": at.city + " zone"}, "caller_id_name": companyName,
		"default_emergency_address": object{
			"address_line1": at.street, "address_line2": addressLine2, "city": at.city, "country": "US", "id": at.addressID,
			"is_default": true, "level": 0, "state_code": at.state, "status": 4, "zip": at.zip,
		},
	}, nil
}

// plainSitePolicies are nothing but a switch.
const plainSitePolicies = `voicemail_transcription shared_voicemail_notification_by_email international_calling elevate_to_meeting
	hand_off_to_room mobile_switch_to_carrier delegation check_voicemails_over_phone call_queue_pickup_code audio_intercom
	block_calls_without_caller_id external_calling_on_zoom_room_common_area sms_auto_reply allow_end_user_edit_call_handling
	allow_caller_reach_operator forward_call_outside_of_site allow_mobile_home_phone_callout obfuscate_sensitive_data_during_call
	prevent_users_upload_audio_files voicemail_tasks voicemail_intent_based_prioritization team_sms_thread_summary`

func (s *Simulator) sitePolicies(at *site) object {
	operator := at.main.noAction
	o := object{
		"select_outbound_caller_id": sitePolicy(true, "allow_hide_outbound_caller_id", false),
		"personal_audio_library": sitePolicy(true, "allow_music_on_hold_customization", true,
			"allow_voicemail_and_message_greeting_customization", true),
		"voicemail": sitePolicy(true, "allow_delete", true, "allow_download", true, "allow_videomail", false),
		"voicemail_notification_by_email": sitePolicy(true, "include_voicemail_file", false,
			"include_voicemail_transcription", true, "forward_voicemail_to_email", false),
		"zoom_phone_on_mobile": sitePolicy(true, "allow_calling_clients", []string{"ios", "android"},
			"allow_sms_mms_clients", []string{"ios", "android"}, "allow_calling_sms_mms", true),
		"zoom_phone_on_desktop": sitePolicy(true, "allow_calling_clients", []string{"mac_os", "windows", "linux"},
			"allow_sms_mms_clients", []string{"mac_os", "windows"}),
		"zoom_phone_on_pwa": sitePolicy(true, "allow_calling", true, "allow_sms_mms", false),
		"sms": sitePolicy(true, "international_sms", false, "international_sms_countries", []string{"CA", "GB"},
			"allow_copy", true, "allow_paste", true),
		"ad_hoc_call_recording": sitePolicy(true, "recording_start_prompt", true, "recording_transcription", false,
			"play_recording_beep_tone", beep("recordingSide")),
		"auto_call_recording": sitePolicy(true, "allow_stop_resume_recording", true, "disconnect_on_recording_failure", false,
			"recording_calls", "both", "recording_explicit_consent", false, "recording_start_prompt", true, "recording_transcription", true,
			"play_recording_beep_tone", beep("allMember"), "inbound_audio_notification", consent(""), "outbound_audio_notification", consent("")),
		"call_handling_forwarding_to_other_users": sitePolicy(true, "call_forwarding_type", 2),
		"shared_line_group_pickup_code":           object{"enable": true},
		"call_queue_opt_out_reason":               sitePolicy(true, "call_queue_opt_out_reasons_list", optOutReasons()),
		"show_user_last_transferred_call":         true,
		"auto_delete_data_after_retention_duration": sitePolicy(true, "reset", false, "items", retention(), "delete_type", 1,
			"permanently_delete_after_days", trashDays),
		"call_park": sitePolicy(true, "call_not_picked_up_action", 50, "expiration_period", 5, "forward_to", forwardTo(operator),
			"sequence", 0),
		"call_overflow": sitePolicy(true, "call_overflow_type", 2), "call_transferring": sitePolicy(true, "call_transferring_type", 1),
		"block_external_calls": sitePolicy(false, "block_business_hours", false, "block_closed_hours", false, "block_holiday_hours", false,
			"block_call_action", 9, "block_call_change_type", 0, "e2e_encryption", sitePolicy(true)),
		"force_off_net": object{"enable": false, "allow_extension_only_users_call_users_outside_site": true},
		"display_call_feedback_survey": sitePolicy(true, "feedback_type", 2, "feedback_mos", object{"enable": true, "min": 1, "max": 3.5},
			"feedback_duration", object{"enable": true, "min": 1, "max": 60}),
		"call_live_transcription":    sitePolicy(true, "transcription_start_prompt", startPrompt(s.audioID(10))),
		"call_screening":             sitePolicy(false, "exclude_user_company_contacts", true),
		"sms_template":               sitePolicy(true, "sms_template_list", s.smsTemplates()),
		"advanced_encryption":        sitePolicy(false, "disable_incoming_unencrypted_voicemail", false),
		"customize_line_name":        sitePolicy(true, "user_line_name", "displayName;extensionNumber", "common_area_line_name", "displayName"),
		"auto_opt_out_in_call_queue": sitePolicy(false, "prompt_before_opt_out_call_queue", true),
		"incoming_call_notification": sitePolicy(true, "block_type", "continue_with_alert"),
		"call_summary":               sitePolicy(true, "auto_call_summary", true, "call_summary_start_prompt", startPrompt(s.audioID(13))),
		"schedule_firmware_update": sitePolicy(true, "repeat_type", "weekly",
			"repeat_setting", object{"weekly_setting": object{"weekday": "sunday"}}, "time_period_start", 2, "time_period_end", 4,
			"time_zone", at.timezone, "end_setting", object{"never_end": true}),
		"manage_call_routing_for_unassigned_numbers": sitePolicy(true, "incoming_call_action", "play_message_then_disconnect",
			"incoming_call_routing_setting", object{"audio_id": s.audioID(14), "audio_name": "number-not-in-use.wav"}),
		"show_custom_disclaimer_when_using_zoom_phone": accountSetting(true, "display_frequency", "every_quarter",
			"custom_disclaimer_list", disclaimers()),
	}
	if at.code == 10 {
		o["manage_call_routing_for_unassigned_numbers"] = sitePolicy(true, "incoming_call_action", "forward_to_another_extension",
			"incoming_call_routing_setting", object{
				"forward_extension_id": operator.extID, "forward_extension_type": operator.kind.camel(),
				"forward_extension_name": operator.name, "forward_extension_number": operator.number,
			})
	}
	if at.code == 30 {
		with(o["schedule_firmware_update"].(object), "repeat_type", "monthly",
			"repeat_setting", object{"week_and_day": object{"week_of_month": 2, "weekday": "sunday"}},
			"end_setting", object{"never_end": false, "end_date": "2031-12-31"})
	}
	for _, name := range strings.Fields(plainSitePolicies) {
		o[name] = sitePolicy(!strings.Contains(" "+settingsOff+" ", " "+name+" "))
	}
	return s.inherit(o)
}
