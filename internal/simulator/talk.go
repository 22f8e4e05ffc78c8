package simulator

import "strings"

// topic is what a call is about: the words of its transcript, of a voicemail
// left instead, and of its summary. {agent}, {caller} and {company} are filled in.
type topic struct {
	department string // who mostly hears of it; empty for everybody
	dialogue   []string
	voicemail  string
	task       string
	summary    string
	details    string
	nextSteps  string
}

// generalTopic is the topic of everybody.
const generalTopic = 5

// topics are spoken alternately, the company's side first.
var topics = []topic{
	{
		department: "Support",
		dialogue: []string{
			"Larkspur Instruments support, this is {agent}. How can I help?",
			"Hi, this is {caller} from {company}. Our spectrometer keeps stopping during warm-up.",
			"I am sorry to hear that. Does the display show a code when it stops?",
			"Yes, it says lamp fault, usually after about four minutes.",
			"That points to the lamp driver rather than the lamp. Have you moved the instrument lately?",
			"We did move it to another bench last week.",
			"Then please check the cable behind the lamp housing first. It likes to work itself loose.",
			"Let me look. You are right, it was not fully seated.",
			"Good. Run one warm-up with the lid closed, and I will stay on the line.",
			"It is past five minutes now and still going. Thank you.",
			"Glad to hear it. I will send you the maintenance note as well.",
		},
		voicemail: "Hello, this is {caller} from {company}. Our spectrometer shows a lamp fault again after warm-up. Could somebody from support call me back today? We have samples waiting. Thank you.",
		task:      "Call {caller} back today about the lamp fault.",
		summary:   "{caller} of {company} reported a spectrometer that stopped during warm-up with a lamp fault. {agent} found a loose cable behind the lamp housing; a warm-up afterwards ran through.",
		details:   "The instrument had been moved to another bench last week. The fault appeared about four minutes into warm-up. After the cable was seated again the warm-up ran past five minutes without a fault.",
		nextSteps: "{agent} will send the maintenance note on the lamp cable.",
	},
	{
		department: "Service",
		dialogue: []string{
			"Service desk, {agent} speaking.",
			"Hello, {caller} here, {company}. I need to book the yearly calibration.",
			"With pleasure. Is it the same two balances as last year?",
			"The two balances and one pipetting station this time.",
			"Then I would plan half a day. Would the week after next suit you?",
			"Any day but Friday is fine.",
			"I can offer Wednesday at nine. The certificates follow within three days.",
			"Wednesday at nine is good. Do we need to prepare anything?",
			"Please have the instruments switched on the evening before, so that they are warm.",
			"We will do that. See you on Wednesday.",
		},
		voicemail: "Hello, {caller} from {company} here. I would like to book our yearly calibration, two balances and a pipetting station. Any day but Friday works. You have my number.",
		task:      "Offer {company} a calibration date, not a Friday.",
		summary:   "{caller} of {company} booked the yearly calibration of two balances and one pipetting station with {agent} for a Wednesday at nine.",
		details:   "Half a day is planned. The pipetting station is new on the list. Certificates are promised within three days of the visit.",
		nextSteps: "{agent} confirms the date in writing. {company} switches the instruments on the evening before.",
	},
	{
		department: "Sales",
		dialogue: []string{
			"Hello, you are speaking with {agent} at Larkspur Instruments.",
			"{caller} from {company}. We saw your new plate reader and would like a demonstration.",
			"That is good news. How many plates do you run on an ordinary day?",
			"About forty, sometimes sixty at the end of the month.",
			"Then the version with the stacker will save you an operator in the afternoon.",
			"That is what we hoped. Can it read our existing plates?",
			"It can, as long as they have standard corners. I can bring a unit to you.",
			"Next Tuesday would be best, after lunch.",
			"Tuesday at two, then. I will also bring a quotation with and without the service plan.",
			"Perfect. Please send the invitation to our lab manager as well.",
		},
		voicemail: "Hi, {caller} calling from {company}. We are interested in a demonstration of the new plate reader, ideally next Tuesday afternoon. Please give me a call when you have a moment.",
		task:      "Arrange a plate reader demonstration for {company}.",
		summary:   "{caller} of {company} asked for a demonstration of the plate reader. {agent} will bring a unit on Tuesday at two, with quotations with and without a service plan.",
		details:   "{company} runs about forty plates a day and up to sixty at the end of the month, in standard plates. The version with the stacker fits best.",
		nextSteps: "{agent} sends the invitation to {caller} and the lab manager and prepares two quotations.",
	},
	{
		department: "Logistics",
		dialogue: []string{
			"Orders and shipping, this is {agent}.",
			"Hello, {caller}, {company}. Our crate should have come on Monday and it has not.",
			"Let me look that up. Is it the order with the two rotors?",
			"Exactly that one.",
			"It left us on Thursday and has been at the carrier's depot since Saturday.",
			"Can you get it moving? We have an engineer here waiting.",
			"I am asking for delivery tomorrow before noon, and I will call you when it is confirmed.",
			"Thank you. If it comes later, we need to send the engineer home.",
			"Understood. You will hear from me within the hour.",
		},
		voicemail: "This is {caller} at {company}. The crate with the two rotors has not arrived and our engineer is waiting for it. Please call me back with a delivery time.",
		task:      "Tell {caller} when the crate with the rotors arrives.",
		summary:   "{caller} of {company} missed a crate with two rotors that was due on Monday. It was held at the carrier's depot; {agent} asked for delivery before noon tomorrow.",
		details:   "The order left on Thursday and reached the depot on Saturday. An engineer is waiting on site.",
		nextSteps: "{agent} confirms the delivery time by phone within the hour.",
	},
	{
		department: "Finance",
		dialogue: []string{
			"Billing, {agent} speaking.",
			"Hi, it is {caller} from {company}. I have a question about the last invoice.",
			"Of course. Which line is it about?",
			"There are two service visits on it, but we only had one.",
			"I see two entries, the fourth and the eleventh. The second one was cancelled, is that right?",
			"Yes, your technician was ill and nobody came.",
			"Then the second entry should not be there. I will issue a credit note today.",
			"Great. Should we pay the rest already?",
			"Please wait for the corrected invoice, so that the amounts match.",
			"We will. Thanks for sorting it out so quickly.",
		},
		voicemail: "Hello, {caller} from {company}. There are two service visits on our last invoice and we only had one. Could you correct that and call me back?",
		task:      "Check the service visits on the last invoice of {company}.",
		summary:   "{caller} of {company} found two service visits on the last invoice although one had been cancelled. {agent} will issue a credit note and a corrected invoice.",
		details:   "The visits listed are those of the fourth and the eleventh; the latter did not take place.",
		nextSteps: "{agent} issues the credit note today. {company} waits for the corrected invoice.",
	},
	{
		dialogue: []string{
			"Hello, this is {agent}.",
			"Hi {agent}, {caller} from {company}. Do you have two minutes about the contract?",
			"Certainly. You mean the service plan that ends this quarter?",
			"Yes. We would like to keep it, but with four hours of response time instead of eight.",
			"That is possible. It moves you up one level, and the spare parts are then included.",
			"Would the price stay the same for the first year?",
			"Let me take that to our contracts people. I expect an answer by Thursday.",
			"Thursday is early enough. Please put me in copy.",
			"I will. Is there anything else on your list?",
			"No, that was all. Have a good day.",
		},
		voicemail: "Hi, {caller} from {company}. It is about our service plan, we would like to renew it with a shorter response time. Please call me when it suits you.",
		task:      "Talk to {caller} about renewing the service plan.",
		summary:   "{caller} of {company} wants to renew the service plan with a response time of four hours instead of eight. {agent} will clarify the price for the first year by Thursday.",
		details:   "The higher level includes spare parts. The plan in force ends this quarter.",
		nextSteps: "{agent} asks the contracts team about the price and puts {caller} in copy.",
	},
	{
		department: "Support",
		dialogue: []string{
			"Support, {agent} here.",
			"Hello, {caller} at {company}. Nobody here can log in to the results portal since this morning.",
			"Do you get an error, or does the page not load at all?",
			"It loads, takes the password and then shows the login page again.",
			"That happens when the clock of the computer is wrong. Could you check the time for me?",
			"It is indeed eleven minutes ahead. How did that happen?",
			"Perhaps the time server was changed. Please set it to automatic and try once more.",
			"Now I am in. My colleague is, too.",
			"Very good. I will note it on your account in case it comes back.",
		},
		voicemail: "Hello, {caller} at {company}. We cannot log in to the results portal since this morning, none of us. Please call back as soon as you can.",
		task:      "Help {company} with the login to the results portal.",
		summary:   "Nobody at {company} could log in to the results portal. {agent} and {caller} found a computer clock that was eleven minutes ahead; after correcting it the login worked.",
		details:   "The portal accepted the password and returned to the login page. The time server of the computers had probably been changed.",
		nextSteps: "{agent} notes the cause on the account of {company}.",
	},
	{
		department: "Service",
		dialogue: []string{
			"Technical service, {agent}. What can I do for you?",
			"{caller}, {company}. The centrifuge shakes above nine thousand turns.",
			"Please do not run it above five thousand until I have seen it. Is the rotor balanced?",
			"We checked it twice. It shakes even when it is empty.",
			"Then it may be the drive bearing. It is still under warranty, I see.",
			"Good. When could someone come?",
			"I can be with you tomorrow between ten and twelve.",
			"Please call the gate before you arrive, they need your licence plate.",
			"I will. Until then leave the lid open, so that it stays dry.",
		},
		voicemail: "Hello, {caller} from {company}. Our centrifuge shakes badly above nine thousand turns, even empty. It is under warranty. Please send somebody and call me first.",
		task:      "Plan a warranty visit for the centrifuge at {company}.",
		summary:   "The centrifuge of {company} shakes above nine thousand turns, also without a load. {agent} suspects the drive bearing and will visit tomorrow between ten and twelve under warranty.",
		details:   "The rotor was balanced twice. Until the visit the instrument stays below five thousand turns.",
		nextSteps: "{agent} calls the gate with the licence plate before arriving.",
	},
}

// insideTopics are what colleagues call each other about. Their calls are not
// recorded; some leave a message.
var insideTopics = []topic{
	{
		voicemail: "Hi, it is {caller}. Quick question about the shift plan for next week. Could you call me back when you are at your desk? Thanks.",
		task:      "Call {caller} back about next week's shift plan.",
	},
	{
		voicemail: "Hello, {caller} here. I have a customer asking for a second opinion on a quotation and would like to go through it with you first. Any time today is fine.",
		task:      "Go through the quotation with {caller}.",
	},
	{
		voicemail: "Hi, {caller} speaking. The meeting room is free at three after all, so let us use it. See you there, or call me if it does not suit you.",
		task:      "Tell {caller} if the meeting at three does not suit.",
	},
	{
		voicemail: "It is {caller}. The demonstration unit is back from the workshop and I need to know where it goes next. Please ring me on my extension.",
		task:      "Tell {caller} where the demonstration unit goes.",
	},
	{
		voicemail: "Hi, this is {caller}. Could you have a look at the expense report I sent you? It only needs your approval. Thank you.",
		task:      "Approve the expense report of {caller}.",
	},
}

// unanswered is what is sent to a number that takes no messages.
var unanswered = []string{"Reminder: your calibration is due this month. Reply with a day that suits you."}

// texts are conversations by message. Lines that begin with < come from outside.
var texts = [][]string{
	{"<Hi, is our visit tomorrow still on?", "Yes, we will be there between nine and ten.", "<Great, please use the side entrance.", "Will do, thank you!"},
	{"Your crate left our dock this morning and should arrive on Thursday.", "<Thank you! Does it need a signature?", "It does. Anyone at the front desk can sign."},
	{"<Got your quotation. Can you do the stacker at the same price if we order two?", "Let me check and come back to you this afternoon.", "Good news, we can. I have just sent the new quotation.", "<Perfect, order follows."},
	{"Reminder: your calibration is due this month. Reply with a day that suits you.", "<The 18th would work", "Booked for the 18th at nine. See you then."},
	{"<The display shows E-12 again", "Please switch it off for ten minutes and on again. I will call you after that.", "<OK it is running now, thanks"},
	{"<Could you resend the certificate? I cannot find the mail", "Of course, it is on its way.", "<Got it"},
	{"I am at the gate. Could someone let me in?", "<On my way, two minutes"},
	{"<Do you have the replacement lamp in stock?", "We have three. Shall I put one aside for you?", "<Yes please, purchase order follows today.", "Done. It can ship tomorrow.", "<Wonderful"},
	{"Thanks for your time on the phone. Here is the link to the manual we talked about.", "<Very helpful, thank you"},
	{"Could you send us a picture of the connector?", "<Photo of the connector"},
	{"<Photo of the label as promised", "Thank you, that is the one we needed."},
}

// fill puts names into a text.
func fill(text, agent, caller, company string) string {
	return strings.NewReplacer("{agent}", agent, "{caller}", caller, "{company}", company).Replace(text)
}
