package simulator

// route is one path of the Phone API.
type route struct {
	path string
	// answer gives a value to encode, or a *download.
	answer func(*Simulator, *query) (any, error)
	// label is the class of the path in Zoom's rate limits; empty where Zoom
	// names none.
	label label
	// scopes and classic are the granular and the classic scopes of which any one
	// suffices.
	scopes, classic []string
	// maxPage is the largest page_size; zero for methods without pages.
	maxPage int
	// tokenCode is the error code for a bad page token; zero means 300.
	tokenCode int
}

// routeTable is the read surface of the Phone API, in no particular order.
var routeTable = []route{
	{
		path: "/phone/account_settings", answer: (*Simulator).listZoomPhoneAccountSettings,
		label:  light,
		scopes: []string{"phone:read:list_account_settings:admin"}, classic: []string{"phone:read:admin"},
	},
	{
		path: "/phone/auto_receptionists", answer: (*Simulator).listAutoReceptionists,
		label: medium, maxPage: 100,
		scopes: []string{"phone:read:list_auto_receptionists:admin"}, classic: []string{"phone:read:admin"},
	},
	{
		path: "/phone/auto_receptionists/{autoReceptionistId}", answer: (*Simulator).getAutoReceptionistDetail,
		label:  medium,
		scopes: []string{"phone:read:auto_receptionist:admin"}, classic: []string{"phone:read:admin"},
	},
	{
		path: "/phone/auto_receptionists/{autoReceptionistId}/policies", answer: (*Simulator).getAutoReceptionistsPolicy,
		label:  medium,
		scopes: []string{"phone:read:auto_receptionist_policy:admin"}, classic: []string{"phone:read:admin"},
	},
	{
		path: "/phone/auto_receptionists/{autoReceptionistId}/ivr", answer: (*Simulator).getAutoReceptionistIvr,
		label:  light,
		scopes: []string{"phone:read:auto_receptionist_ivr:admin"}, classic: []string{"phone:read:admin"},
	},
	{
		path: "/phone/call_history", answer: (*Simulator).accountCallHistory,
		label: heavy, maxPage: 300,
		scopes: []string{"phone:read:list_call_logs:admin"}, classic: []string{"phone:read:admin", "phone_call_log:read:admin"},
	},
	{
		path: "/phone/call_history/{callHistoryUuid}", answer: (*Simulator).getCallPath,
		label:  light,
		scopes: []string{"phone:read:call_log:admin"}, classic: []string{"phone:read:admin", "phone_call_log:read:admin"},
	},
	{
		path: "/phone/user/{userId}/ai_call_summary/{aiCallSummaryId}", answer: (*Simulator).getUserAiCallSummary,
		label:  medium,
		scopes: []string{"phone:read:ai_call_summary", "phone:read:ai_call_summary:admin"}, classic: []string{"phone:read:admin", "phone:read"},
	},
	{
		path: "/phone/users/{userId}/call_history", answer: (*Simulator).phoneUserCallHistory,
		label: medium, maxPage: 300,
		scopes: []string{"phone:read:list_call_logs:admin", "phone:read:list_call_logs"}, classic: []string{"phone:read:admin", "phone_call_log:read"},
	},
	{
		path: "/phone/users/{userId}/call_history/sync", answer: (*Simulator).syncUserCallHistory,
		label:  medium,
		scopes: []string{"phone:read:list_call_logs", "phone:read:list_call_logs:admin"}, classic: []string{"phone:read:admin", "phone:read"},
	},
	{
		path: "/phone/call_queue_analytics", answer: (*Simulator).callqueueanalytics,
		label: medium, maxPage: 300,
		scopes: []string{"phone:read:list_call_queues:admin"}, classic: []string{"phone:read:admin"},
	},
	{
		path: "/phone/call_queues", answer: (*Simulator).listCallQueues,
		label: medium, maxPage: 100,
		scopes: []string{"phone:read:list_call_queues:admin"}, classic: []string{"phone:read:admin"},
	},
	{
		path: "/phone/call_queues/{callQueueId}", answer: (*Simulator).getACallQueue,
		label:  light,
		scopes: []string{"phone:read:call_queue:admin"}, classic: []string{"phone:read:admin"},
	},
	{
		path: "/phone/call_queues/{callQueueId}/members", answer: (*Simulator).listCallQueueMembers,
		label: medium, maxPage: 300,
		scopes: []string{"phone:read:list_call_queue_members:admin"}, classic: []string{"phone:read:admin"},
	},
	{
		path: "/phone/call_queues/{callQueueId}/recordings", answer: (*Simulator).getCallQueueRecordings,
		label: medium, maxPage: 300,
		scopes: []string{"phone:read:list_call_queue_recordings:admin"}, classic: []string{"phone:read:admin"},
	},
	{
		path: "/phone/carrier_reseller/numbers", answer: (*Simulator).listCrPhoneNumbers,
		label: medium, maxPage: 300,
		scopes: []string{"phone:read:list_carrier_numbers:admin"}, classic: []string{"phone:read:admin"},
	},
	{
		path: "/phone/metrics/call_logs", answer: (*Simulator).listCallLogsMetrics,
		label: heavy, maxPage: 100,
		scopes: []string{"phone:read:list_call_logs:admin"}, classic: []string{"phone:read:admin"},
	},
	{
		path: "/phone/metrics/call_logs/{callId}/qos", answer: (*Simulator).getCallQoS,
		label:  light,
		scopes: []string{"phone:read:call_qos:admin"}, classic: []string{"phone:read:admin"},
	},
	{
		path: "/phone/metrics/call_logs/{call_id}", answer: (*Simulator).getCallLogMetricsDetails,
		scopes: []string{"phone:read:call_log:admin"}, classic: []string{"phone:read:admin"},
	},
	{
		path: "/phone/metrics/past_calls", answer: (*Simulator).listPastCallMetrics,
		label: heavy, maxPage: 100,
		scopes: []string{"phone:read:list_call_logs:admin"}, classic: []string{"phone:read:admin"},
	},
	{
		path: "/phone/dial_by_name_directory/extensions", answer: (*Simulator).listUsersFromDirectory,
		label: medium, maxPage: 100,
		scopes: []string{"phone:read:directory:admin"}, classic: []string{"phone:read:admin"},
	},
	{
		path: "/phone/sites/{siteId}/dial_by_name_directory/extensions", answer: (*Simulator).listUsersFromDirectoryBySite,
		label: medium, maxPage: 100,
		scopes: []string{"phone:read:directory:admin"}, classic: []string{"phone:read:admin"},
	},
	{
		path: "/phone/external_contacts", answer: (*Simulator).listExternalContacts,
		label: light, maxPage: 300,
		scopes: []string{"phone:read:list_external_contacts:admin"}, classic: []string{"phone:read:admin"},
	},
	{
		path: "/phone/extension/{extensionId}/fax/logs", answer: (*Simulator).getusersfaxlogs,
		label: medium, maxPage: 300,
		scopes: []string{"phone:read:list_fax_log", "phone:read:list_fax_log:admin"}, classic: []string{"phone:read", "phone:read:admin"},
	},
	{
		path: "/phone/fax/logs", answer: (*Simulator).getAccountsFaxLogs,
		label: heavy, maxPage: 300,
		scopes: []string{"phone:read:list_fax_log:admin"}, classic: []string{"phone:read:admin"},
	},
	{
		path: "/phone/fax/logs/{faxLogId}", answer: (*Simulator).getFaxLogDetails,
		label:  light,
		scopes: []string{"phone:read:list_fax_log:admin"}, classic: []string{"phone:read:admin"},
	},
	{
		path: "/phone/fax/logs/{faxLogId}/file/{fileId}", answer: (*Simulator).downloadfaxfile,
		label:  intensive,
		scopes: []string{"phone:read:fax_log", "phone:read:fax_log:admin"}, classic: []string{"phone:read", "phone:read:admin"},
	},
	{
		path: "/phone/calling_plans", answer: (*Simulator).listCallingPlans,
		label:  medium,
		scopes: []string{"phone:read:list_calling_plans:admin"}, classic: []string{"phone:read:admin"},
	},
	{
		path: "/phone/call_logs/{id}/recordings", answer: (*Simulator).getPhoneRecordingsByCallIdOrCallLogId,
		label:  light,
		scopes: []string{"phone:read:call_recording", "phone:read:call_recording:admin"}, classic: []string{"phone:read:admin", "phone_recording:read", "phone_recording:read:admin"},
	},
	{
		path: "/phone/recording/download/{fileId}", answer: (*Simulator).phoneDownloadRecordingFile,
		label:  medium,
		scopes: []string{"phone:read:call_recording", "phone:read:call_recording:admin"}, classic: []string{"phone:read", "phone:read:admin", "phone_recording:read", "phone_recording:read:admin"},
	},
	{
		path: "/phone/recording_transcript/download/{recordingId}", answer: (*Simulator).phoneDownloadRecordingTranscript,
		label:  light,
		scopes: []string{"phone:read:recording_transcript", "phone:read:recording_transcript:admin"}, classic: []string{"phone:read", "phone:read:admin", "phone_recording:read", "phone_recording:read:admin"},
	},
	{
		path: "/phone/recordings", answer: (*Simulator).getPhoneRecordings,
		label: medium, maxPage: 300,
		scopes: []string{"phone:read:list_call_recordings:admin"}, classic: []string{"phone:read:admin", "phone_recording:read:admin"},
	},
	{
		path: "/phone/users/{userId}/recordings", answer: (*Simulator).phoneUserRecordings,
		label: medium, maxPage: 300,
		scopes: []string{"phone:read:list_recordings", "phone:read:list_recordings:admin"}, classic: []string{"phone:read", "phone:read:admin", "phone_recording:read", "phone_recording:read:admin"},
	},
	{
		path: "/phone/reports/call_charges", answer: (*Simulator).getCallChargesUsageReport,
		label: heavy, maxPage: 300, tokenCode: 400,
		scopes: []string{"phone:read:call_charges:admin"}, classic: []string{"phone:read:admin"},
	},
	{
		path: "/phone/reports/fax_charges", answer: (*Simulator).getfaxchargesusagereport,
		label: heavy, maxPage: 300, tokenCode: 400,
		scopes: []string{"phone:read:fax_charges:admin"}, classic: []string{"phone:read:admin"},
	},
	{
		path: "/phone/reports/operationlogs", answer: (*Simulator).getPsOperationLogs,
		label: heavy, maxPage: 300, tokenCode: 400,
		scopes: []string{"phone:read:operation_logs:admin"}, classic: []string{"phone:read:admin"},
	},
	{
		path: "/phone/reports/sms_charges", answer: (*Simulator).getSmsChargesUsageReport,
		label: heavy, maxPage: 300, tokenCode: 400,
		scopes: []string{"phone:read:sms_charges:admin"}, classic: []string{"phone:read:admin"},
	},
	{
		path: "/phone/sms/sessions", answer: (*Simulator).accountSmsSession,
		label: medium, maxPage: 100, tokenCode: 400,
		scopes: []string{"phone:read:list_sms_sessions", "phone:read:list_sms_sessions:admin"}, classic: []string{"phone:read:admin", "phone_sms:read", "phone_sms:read:admin"},
	},
	{
		path: "/phone/sms/sessions/{sessionId}", answer: (*Simulator).smsSessionDetails,
		label: medium, maxPage: 100, tokenCode: 400,
		scopes: []string{"phone:read:sms_session", "phone:read:sms_session:admin"}, classic: []string{"phone:read:admin", "phone:read", "phone_sms:read", "phone_sms:read:admin"},
	},
	{
		path: "/phone/sms/sessions/{sessionId}/messages/{messageId}", answer: (*Simulator).smsByMessageId,
		label:  medium,
		scopes: []string{"phone:read:sms_message", "phone:read:sms_message:admin"}, classic: []string{"phone:read:admin", "phone:read", "phone_sms:read", "phone_sms:read:admin"},
	},
	{
		path: "/phone/sms/sessions/{sessionId}/sync", answer: (*Simulator).smsSessionSync,
		label:  medium,
		scopes: []string{"phone:read:sms_session", "phone:read:sms_session:admin"}, classic: []string{"phone:read:admin", "phone:read", "phone_sms:read", "phone_sms:read:admin"},
	},
	{
		path: "/phone/users/{userId}/sms/sessions", answer: (*Simulator).userSmsSession,
		label: medium, maxPage: 100, tokenCode: 400,
		scopes: []string{"phone:read:list_sms_sessions", "phone:read:list_sms_sessions:admin"}, classic: []string{"phone:read:admin", "phone:read", "phone_sms:read", "phone_sms:read:admin"},
	},
	{
		path: "/phone/users/{userId}/sms/sessions/sync", answer: (*Simulator).getSmsSessions,
		label:  medium,
		scopes: []string{"phone:read:sms_session", "phone:read:sms_session:admin"}, classic: []string{"phone:read:admin", "phone:read", "phone_sms:read", "phone_sms:read:admin"},
	},
	{
		path: "/phone/policies/{policyType}", answer: (*Simulator).getAccountPolicyDetails,
		label:  medium,
		scopes: []string{"phone:read:policy:admin"}, classic: []string{"phone:read:admin"},
	},
	{
		path: "/phone/settings", answer: (*Simulator).phoneSetting,
		label:  light,
		scopes: []string{"phone:read:settings:admin"}, classic: []string{"phone:read:admin"},
	},
	{
		path: "/phone/shared_line_groups", answer: (*Simulator).listSharedLineGroups,
		label: medium, maxPage: 300,
		scopes: []string{"phone:read:list_shared_line_groups:admin"}, classic: []string{"phone:read:admin"},
	},
	{
		path: "/phone/sites", answer: (*Simulator).listPhoneSites,
		label: medium, maxPage: 300,
		scopes: []string{"phone:read:list_sites:admin"}, classic: []string{"phone:read:admin"},
	},
	{
		path: "/phone/sites/{siteId}", answer: (*Simulator).getASite,
		label:  light,
		scopes: []string{"phone:read:site:admin"}, classic: []string{"phone:read:admin"},
	},
	{
		path: "/phone/users", answer: (*Simulator).listPhoneUsers,
		label: medium, maxPage: 100, tokenCode: 400,
		scopes: []string{"phone:read:list_users:admin"}, classic: []string{"phone:read:admin"},
	},
	{
		path: "/phone/users/{userId}", answer: (*Simulator).phoneUser,
		label:  light,
		scopes: []string{"phone:read:user", "phone:read:user:admin"}, classic: []string{"phone:read", "phone:read:admin"},
	},
	{
		path: "/phone/users/{userId}/settings", answer: (*Simulator).phoneUserSettings,
		label:  light,
		scopes: []string{"phone:read:user_setting:admin", "phone:read:user_setting"}, classic: []string{"phone:read", "phone:read:admin"},
	},
	{
		path: "/phone/users/{userId}/call_logs/{id}/voice_mail", answer: (*Simulator).getVoicemailDetailsByCallIdOrCallLogId,
		label:  light,
		scopes: []string{"phone:read:voicemail", "phone:read:voicemail:admin"}, classic: []string{"phone:read", "phone:read:admin", "phone_voicemail:read", "phone_voicemail:read:admin"},
	},
	{
		path: "/phone/users/{userId}/voice_mails", answer: (*Simulator).phoneUserVoiceMails,
		label: medium, maxPage: 300, tokenCode: 400,
		scopes: []string{"phone:read:list_voicemails", "phone:read:list_voicemails:admin"}, classic: []string{"phone:read", "phone:read:admin", "phone_voicemail:read", "phone_voicemail:read:admin"},
	},
	{
		path: "/phone/voice_mails", answer: (*Simulator).accountVoiceMails,
		label: heavy, maxPage: 300,
		scopes: []string{"phone:read:list_voicemails:admin"}, classic: []string{"phone:read:admin", "phone_voicemail:read:admin"},
	},
	{
		path: "/phone/voice_mails/download/{fileId}", answer: (*Simulator).phoneDownloadVoicemailFile,
		label:  medium,
		scopes: []string{"phone:read:voicemail:admin", "phone:read:voicemail"}, classic: []string{"phone:read", "phone:read:admin", "phone_voicemail:read", "phone_voicemail:read:admin"},
	},
	{
		path: "/phone/voice_mails/{voicemailId}", answer: (*Simulator).getVoicemailDetails,
		label:  light,
		scopes: []string{"phone:read:voicemail", "phone:read:voicemail:admin"}, classic: []string{"phone:read", "phone:read:admin", "phone_voicemail:read:admin", "phone_voicemail:read"},
	},
}
