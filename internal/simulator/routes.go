package simulator

// route is one path of the Phone API; routes.gen.go has all of them, from the spec.
type route struct {
	operation, path string
	// kind is object, array, binary, transcript or unknown.
	kind string
	// label is the class of the path in Zoom's rate limits; empty where Zoom
	// names none.
	label label
	// scopes and classic are the granular and the classic scopes of which any one
	// suffices.
	scopes, classic []string
	// items is the field with the records of a list, next that with the token, and
	// ids are the fields that tell records apart.
	items, next string
	ids         []string
	// maxPage is the largest page_size; zero for methods without pages.
	maxPage int
	// tokenCode is the error code for a bad page token; zero means 300.
	tokenCode int
	// window is what from and to mean; nil for methods without.
	window *reach
	// file is sound or document for a binary answer.
	file string
	// shape is the schema of a JSON answer; see specimen.
	shape string
}

// answer returns a value to encode, or a *download.
type answer func(*Simulator, *query) (any, error)

// answers are those that somebody wrote, by operation. All others are made from
// their schemas; see (*Simulator).fromSchema.
var answers = map[string]answer{
	"listZoomPhoneAccountSettings":           (*Simulator).listZoomPhoneAccountSettings,
	"GetAccountPolicyDetails":                (*Simulator).getAccountPolicyDetails,
	"phoneSetting":                           (*Simulator).phoneSetting,
	"listPhoneSites":                         (*Simulator).listPhoneSites,
	"getASite":                               (*Simulator).getASite,
	"listPhoneUsers":                         (*Simulator).listPhoneUsers,
	"phoneUser":                              (*Simulator).phoneUser,
	"phoneUserSettings":                      (*Simulator).phoneUserSettings,
	"listAutoReceptionists":                  (*Simulator).listAutoReceptionists,
	"getAutoReceptionistDetail":              (*Simulator).getAutoReceptionistDetail,
	"getAutoReceptionistsPolicy":             (*Simulator).getAutoReceptionistsPolicy,
	"getAutoReceptionistIVR":                 (*Simulator).getAutoReceptionistIvr,
	"accountCallHistory":                     (*Simulator).accountCallHistory,
	"getCallPath":                            (*Simulator).getCallPath,
	"getUserAICallSummary":                   (*Simulator).getUserAiCallSummary,
	"phoneUserCallHistory":                   (*Simulator).phoneUserCallHistory,
	"syncUserCallHistory":                    (*Simulator).syncUserCallHistory,
	"callqueueanalytics":                     (*Simulator).callqueueanalytics,
	"listCallQueues":                         (*Simulator).listCallQueues,
	"getACallQueue":                          (*Simulator).getACallQueue,
	"listCallQueueMembers":                   (*Simulator).listCallQueueMembers,
	"getCallQueueRecordings":                 (*Simulator).getCallQueueRecordings,
	"listCRPhoneNumbers":                     (*Simulator).listCrPhoneNumbers,
	"listCallLogsMetrics":                    (*Simulator).listCallLogsMetrics,
	"getCallQoS":                             (*Simulator).getCallQoS,
	"getCallLogMetricsDetails":               (*Simulator).getCallLogMetricsDetails,
	"listPastCallMetrics":                    (*Simulator).listPastCallMetrics,
	"ListUsersFromDirectory":                 (*Simulator).listUsersFromDirectory,
	"ListUsersFromDirectoryBySite":           (*Simulator).listUsersFromDirectoryBySite,
	"listExternalContacts":                   (*Simulator).listExternalContacts,
	"listCallingPlans":                       (*Simulator).listCallingPlans,
	"listSharedLineGroups":                   (*Simulator).listSharedLineGroups,
	"Getuser'sfaxlogs":                       (*Simulator).getusersfaxlogs,
	"GetAccount'sFaxLogs":                    (*Simulator).getAccountsFaxLogs,
	"GetFaxLogDetails":                       (*Simulator).getFaxLogDetails,
	"Downloadfaxfile":                        (*Simulator).downloadfaxfile,
	"getPhoneRecordingsByCallIdOrCallLogId":  (*Simulator).getPhoneRecordingsByCallIdOrCallLogId,
	"phoneDownloadRecordingFile":             (*Simulator).phoneDownloadRecordingFile,
	"phoneDownloadRecordingTranscript":       (*Simulator).phoneDownloadRecordingTranscript,
	"getPhoneRecordings":                     (*Simulator).getPhoneRecordings,
	"phoneUserRecordings":                    (*Simulator).phoneUserRecordings,
	"GetCallChargesUsageReport":              (*Simulator).getCallChargesUsageReport,
	"Getfaxchargesusagereport":               (*Simulator).getfaxchargesusagereport,
	"getPSOperationLogs":                     (*Simulator).getPsOperationLogs,
	"GetSMSChargesUsageReport":               (*Simulator).getSmsChargesUsageReport,
	"accountSmsSession":                      (*Simulator).accountSmsSession,
	"smsSessionDetails":                      (*Simulator).smsSessionDetails,
	"smsByMessageId":                         (*Simulator).smsByMessageId,
	"smsSessionSync":                         (*Simulator).smsSessionSync,
	"userSmsSession":                         (*Simulator).userSmsSession,
	"GetSmsSessions":                         (*Simulator).getSmsSessions,
	"getVoicemailDetailsByCallIdOrCallLogId": (*Simulator).getVoicemailDetailsByCallIdOrCallLogId,
	"phoneUserVoiceMails":                    (*Simulator).phoneUserVoiceMails,
	"accountVoiceMails":                      (*Simulator).accountVoiceMails,
	"phoneDownloadVoicemailFile":             (*Simulator).phoneDownloadVoicemailFile,
	"getVoicemailDetails":                    (*Simulator).getVoicemailDetails,
}
