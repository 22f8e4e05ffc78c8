package simulator

import (
	"slices"
	"strings"
)

// route is one path of the Phone API.
type route struct {
	path string
	// answer gives a value to encode, or a *download.
	answer func(*Simulator, *query) (any, error)
	// scopes any one of which suffices.
	scopes []string
	// maxPage is the largest page_size; zero for methods without pages.
	maxPage int
	// tokenCode is the error code for a bad page token; zero means 300.
	tokenCode int
}

// routeTable is the read surface of the Phone API, in no particular order.
var routeTable = []route{
	{path: "/phone/account_settings", answer: (*Simulator).listZoomPhoneAccountSettings, scopes: []string{"phone:read:list_account_settings:admin"}},
	{path: "/phone/auto_receptionists", answer: (*Simulator).listAutoReceptionists, scopes: []string{"phone:read:list_auto_receptionists:admin"}, maxPage: 100},
	{path: "/phone/auto_receptionists/{autoReceptionistId}", answer: (*Simulator).getAutoReceptionistDetail, scopes: []string{"phone:read:auto_receptionist:admin"}},
	{path: "/phone/auto_receptionists/{autoReceptionistId}/policies", answer: (*Simulator).getAutoReceptionistsPolicy, scopes: []string{"phone:read:auto_receptionist_policy:admin"}},
	{path: "/phone/auto_receptionists/{autoReceptionistId}/ivr", answer: (*Simulator).getAutoReceptionistIvr, scopes: []string{"phone:read:auto_receptionist_ivr:admin"}},
	{path: "/phone/call_history", answer: (*Simulator).accountCallHistory, scopes: []string{"phone:read:list_call_logs:admin"}, maxPage: 300},
	{path: "/phone/call_history/{callHistoryUuid}", answer: (*Simulator).getCallPath, scopes: []string{"phone:read:call_log:admin"}},
	{path: "/phone/user/{userId}/ai_call_summary/{aiCallSummaryId}", answer: (*Simulator).getUserAiCallSummary, scopes: []string{"phone:read:ai_call_summary", "phone:read:ai_call_summary:admin"}},
	{path: "/phone/users/{userId}/call_history", answer: (*Simulator).phoneUserCallHistory, scopes: []string{"phone:read:list_call_logs:admin", "phone:read:list_call_logs"}, maxPage: 300},
	{path: "/phone/users/{userId}/call_history/sync", answer: (*Simulator).syncUserCallHistory, scopes: []string{"phone:read:list_call_logs", "phone:read:list_call_logs:admin"}},
	{path: "/phone/call_queue_analytics", answer: (*Simulator).callqueueanalytics, scopes: []string{"phone:read:list_call_queues:admin"}, maxPage: 300},
	{path: "/phone/call_queues", answer: (*Simulator).listCallQueues, scopes: []string{"phone:read:list_call_queues:admin"}, maxPage: 100},
	{path: "/phone/call_queues/{callQueueId}", answer: (*Simulator).getACallQueue, scopes: []string{"phone:read:call_queue:admin"}},
	{path: "/phone/call_queues/{callQueueId}/members", answer: (*Simulator).listCallQueueMembers, scopes: []string{"phone:read:list_call_queue_members:admin"}, maxPage: 300},
	{path: "/phone/call_queues/{callQueueId}/recordings", answer: (*Simulator).getCallQueueRecordings, scopes: []string{"phone:read:list_call_queue_recordings:admin"}, maxPage: 300},
	{path: "/phone/carrier_reseller/numbers", answer: (*Simulator).listCrPhoneNumbers, scopes: []string{"phone:read:list_carrier_numbers:admin"}, maxPage: 300},
	{path: "/phone/metrics/call_logs", answer: (*Simulator).listCallLogsMetrics, scopes: []string{"phone:read:list_call_logs:admin"}, maxPage: 100},
	{path: "/phone/metrics/call_logs/{callId}/qos", answer: (*Simulator).getCallQoS, scopes: []string{"phone:read:call_qos:admin"}},
	{path: "/phone/metrics/call_logs/{call_id}", answer: (*Simulator).getCallLogMetricsDetails, scopes: []string{"phone:read:call_log:admin"}},
	{path: "/phone/metrics/past_calls", answer: (*Simulator).listPastCallMetrics, scopes: []string{"phone:read:list_call_logs:admin"}, maxPage: 100},
	{path: "/phone/dial_by_name_directory/extensions", answer: (*Simulator).listUsersFromDirectory, scopes: []string{"phone:read:directory:admin"}, maxPage: 100},
	{path: "/phone/sites/{siteId}/dial_by_name_directory/extensions", answer: (*Simulator).listUsersFromDirectoryBySite, scopes: []string{"phone:read:directory:admin"}, maxPage: 100},
	{path: "/phone/external_contacts", answer: (*Simulator).listExternalContacts, scopes: []string{"phone:read:list_external_contacts:admin"}, maxPage: 300},
	{path: "/phone/extension/{extensionId}/fax/logs", answer: (*Simulator).getusersfaxlogs, scopes: []string{"phone:read:list_fax_log", "phone:read:list_fax_log:admin"}, maxPage: 300},
	{path: "/phone/fax/logs", answer: (*Simulator).getAccountsFaxLogs, scopes: []string{"phone:read:list_fax_log:admin"}, maxPage: 300},
	{path: "/phone/fax/logs/{faxLogId}", answer: (*Simulator).getFaxLogDetails, scopes: []string{"phone:read:list_fax_log:admin"}},
	{path: "/phone/fax/logs/{faxLogId}/file/{fileId}", answer: (*Simulator).downloadfaxfile, scopes: []string{"phone:read:fax_log", "phone:read:fax_log:admin"}},
	{path: "/phone/calling_plans", answer: (*Simulator).listCallingPlans, scopes: []string{"phone:read:list_calling_plans:admin"}},
	{path: "/phone/call_logs/{id}/recordings", answer: (*Simulator).getPhoneRecordingsByCallIdOrCallLogId, scopes: []string{"phone:read:call_recording", "phone:read:call_recording:admin"}},
	{path: "/phone/recording/download/{fileId}", answer: (*Simulator).phoneDownloadRecordingFile, scopes: []string{"phone:read:call_recording", "phone:read:call_recording:admin"}},
	{path: "/phone/recording_transcript/download/{recordingId}", answer: (*Simulator).phoneDownloadRecordingTranscript, scopes: []string{"phone:read:recording_transcript", "phone:read:recording_transcript:admin"}},
	{path: "/phone/recordings", answer: (*Simulator).getPhoneRecordings, scopes: []string{"phone:read:list_call_recordings:admin"}, maxPage: 300},
	{path: "/phone/users/{userId}/recordings", answer: (*Simulator).phoneUserRecordings, scopes: []string{"phone:read:list_recordings", "phone:read:list_recordings:admin"}, maxPage: 300},
	{path: "/phone/reports/call_charges", answer: (*Simulator).getCallChargesUsageReport, scopes: []string{"phone:read:call_charges:admin"}, maxPage: 300, tokenCode: 400},
	{path: "/phone/reports/fax_charges", answer: (*Simulator).getfaxchargesusagereport, scopes: []string{"phone:read:fax_charges:admin"}, maxPage: 300, tokenCode: 400},
	{path: "/phone/reports/operationlogs", answer: (*Simulator).getPsOperationLogs, scopes: []string{"phone:read:operation_logs:admin"}, maxPage: 300, tokenCode: 400},
	{path: "/phone/reports/sms_charges", answer: (*Simulator).getSmsChargesUsageReport, scopes: []string{"phone:read:sms_charges:admin"}, maxPage: 300, tokenCode: 400},
	{path: "/phone/sms/sessions", answer: (*Simulator).accountSmsSession, scopes: []string{"phone:read:list_sms_sessions", "phone:read:list_sms_sessions:admin"}, maxPage: 100, tokenCode: 400},
	{path: "/phone/sms/sessions/{sessionId}", answer: (*Simulator).smsSessionDetails, scopes: []string{"phone:read:sms_session", "phone:read:sms_session:admin"}, maxPage: 100, tokenCode: 400},
	{path: "/phone/sms/sessions/{sessionId}/messages/{messageId}", answer: (*Simulator).smsByMessageId, scopes: []string{"phone:read:sms_message", "phone:read:sms_message:admin"}},
	{path: "/phone/sms/sessions/{sessionId}/sync", answer: (*Simulator).smsSessionSync, scopes: []string{"phone:read:sms_session", "phone:read:sms_session:admin"}},
	{path: "/phone/users/{userId}/sms/sessions", answer: (*Simulator).userSmsSession, scopes: []string{"phone:read:list_sms_sessions", "phone:read:list_sms_sessions:admin"}, maxPage: 100, tokenCode: 400},
	{path: "/phone/users/{userId}/sms/sessions/sync", answer: (*Simulator).getSmsSessions, scopes: []string{"phone:read:sms_session", "phone:read:sms_session:admin"}},
	{path: "/phone/policies/{policyType}", answer: (*Simulator).getAccountPolicyDetails, scopes: []string{"phone:read:policy:admin"}},
	{path: "/phone/settings", answer: (*Simulator).phoneSetting, scopes: []string{"phone:read:settings:admin"}},
	{path: "/phone/shared_line_groups", answer: (*Simulator).listSharedLineGroups, scopes: []string{"phone:read:list_shared_line_groups:admin"}, maxPage: 300},
	{path: "/phone/sites", answer: (*Simulator).listPhoneSites, scopes: []string{"phone:read:list_sites:admin"}, maxPage: 300},
	{path: "/phone/sites/{siteId}", answer: (*Simulator).getASite, scopes: []string{"phone:read:site:admin"}},
	{path: "/phone/users", answer: (*Simulator).listPhoneUsers, scopes: []string{"phone:read:list_users:admin"}, maxPage: 100, tokenCode: 400},
	{path: "/phone/users/{userId}", answer: (*Simulator).phoneUser, scopes: []string{"phone:read:user", "phone:read:user:admin"}},
	{path: "/phone/users/{userId}/settings", answer: (*Simulator).phoneUserSettings, scopes: []string{"phone:read:user_setting:admin", "phone:read:user_setting"}},
	{path: "/phone/users/{userId}/call_logs/{id}/voice_mail", answer: (*Simulator).getVoicemailDetailsByCallIdOrCallLogId, scopes: []string{"phone:read:voicemail", "phone:read:voicemail:admin"}},
	{path: "/phone/users/{userId}/voice_mails", answer: (*Simulator).phoneUserVoiceMails, scopes: []string{"phone:read:list_voicemails", "phone:read:list_voicemails:admin"}, maxPage: 300, tokenCode: 400},
	{path: "/phone/voice_mails", answer: (*Simulator).accountVoiceMails, scopes: []string{"phone:read:list_voicemails:admin"}, maxPage: 300},
	{path: "/phone/voice_mails/download/{fileId}", answer: (*Simulator).phoneDownloadVoicemailFile, scopes: []string{"phone:read:voicemail:admin", "phone:read:voicemail"}},
	{path: "/phone/voice_mails/{voicemailId}", answer: (*Simulator).getVoicemailDetails, scopes: []string{"phone:read:voicemail", "phone:read:voicemail:admin"}},
}

// allScopes are the scopes of an app that may read everything: for each path the
// one for administrators.
func allScopes() []string {
	var all []string
	for _, rt := range routeTable {
		for _, scope := range rt.scopes {
			if strings.HasSuffix(scope, ":admin") && !slices.Contains(all, scope) {
				all = append(all, scope)
			}
		}
	}
	slices.Sort(all)
	return all
}
