package simulator

// person is a line of the staff list.
type person struct {
	name, title string
	dept        string
	site        int
}

// The company makes and services laboratory instruments. All of it is invented.
const companyName = "Larkspur Instruments"

const accountHolder = "ada.lovelace+phone@example.com"

var staff = []person{
	{"Ada Lovelace", "Head of Telephony", "IT", 0},
	{"Tobias Fennimore", "IT Administrator", "IT", 0},
	{"Imogen Hartwell", "Chief Executive", "Executive", 0},
	{"Rafael Ocampo", "Chief Operating Officer", "Executive", 0},
	{"Wilhelmina Drake", "Executive Assistant", "Executive", 0},
	{"Priya Venkataraman", "Support Manager", "Support", 0},
	{"Oskar Lindqvist", "Support Specialist", "Support", 0},
	{"Bronwyn Pritchard", "Support Specialist", "Support", 0},
	{"Mateo Villanueva", "Support Specialist", "Support", 0},
	{"Keiko Tanabe", "Support Specialist", "Support", 0},
	{"Desmond Okoro", "Support Specialist", "Support", 0},
	{"Clementine Roux", "Support Specialist", "Support", 0},
	{"Harold Whitcombe", "Warehouse Manager", "Logistics", 0},
	{"Nadia Petrova", "Shipping Coordinator", "Logistics", 0},
	{"Luis Aramburu", "Shipping Coordinator", "Logistics", 0},
	{"Farah Siddiqui", "Controller", "Finance", 0},
	{"Gregory Nussbaum", "Billing Specialist", "Finance", 0},
	{"Yvette Marchand", "Billing Specialist", "Finance", 0},
	{"Calista Moreau", "People Partner", "People", 0},
	{"Bertrand Achebe", "Receptionist", "People", 0},
	{"Solveig Nygaard", "Service Director", "Service", 1},
	{"Emeka Nwosu", "Field Engineer", "Service", 1},
	{"Hannah Lowenthal", "Field Engineer", "Service", 1},
	{"Dmitri Volkonsky", "Field Engineer", "Service", 1},
	{"Marisol Quintero", "Field Engineer", "Service", 1},
	{"Patrick Gilhooly", "Calibration Lead", "Service", 1},
	{"Anneliese Vogt", "Calibration Technician", "Service", 1},
	{"Jasper Thornbury", "Calibration Technician", "Service", 1},
	{"Ruth Abernathy", "Firmware Engineer", "Engineering", 1},
	{"Samir Haddad", "Firmware Engineer", "Engineering", 1},
	{"Leonora Castellani", "Optics Engineer", "Engineering", 1},
	{"Phoebe Winslow", "Office Coordinator", "People", 1},
	{"Victor Delacroix", "Sales Director", "Sales", 2},
	{"Amara Diallo", "Account Executive", "Sales", 2},
	{"Cormac Redfern", "Account Executive", "Sales", 2},
	{"Tamsin Bellweather", "Account Executive", "Sales", 2},
	{"Nikhil Raghunathan", "Account Executive", "Sales", 2},
	{"Josephine Arkwright", "Sales Engineer", "Sales", 2},
	{"Milo Strand", "Sales Engineer", "Sales", 2},
	{"Beatrix Holloway", "Sales Coordinator", "Sales", 2},
	{"Edmund Farraday", "Contracts Manager", "Finance", 2},
}

// newcomers have no Zoom Phone licence yet.
var newcomers = []person{
	{"Ingrid Sorensen", "Support Specialist", "Support", 0},
	{"Theo Baptiste", "Account Executive", "Sales", 2},
}

var costCenters = map[string]string{
	"IT": "CC-1100", "Executive": "CC-1000", "Support": "CC-2100", "Logistics": "CC-2300", "Finance": "CC-1200",
	"People": "CC-1300", "Service": "CC-2200", "Engineering": "CC-3100", "Sales": "CC-4100",
}

var offices = []site{
	{name: "Denver Headquarters", code: 10, areaCode: "303", timezone: "America/Denver",
		street: "1200 Juniper Street", city: "Denver", state: "CO", zip: "80203",
		publicIP: "192.0.2.10", subnet: "10.10.4.", isp: "Front Range Fiber"},
	{name: "Boston Service Center", code: 20, areaCode: "617", timezone: "America/New_York",
		street: "48 Harbor Lane", city: "Boston", state: "MA", zip: "02110",
		publicIP: "198.51.100.24", subnet: "10.20.4.", isp: "Bay State Cable"},
	{name: "Chicago Sales Office", code: 30, areaCode: "312", timezone: "America/Chicago",
		street: "905 Lakeview Avenue", city: "Chicago", state: "IL", zip: "60601",
		publicIP: "203.0.113.77", subnet: "10.30.4.", isp: "Prairie Networks"},
}

// customers are the outside world; those with a description are also in the
// company's list of external contacts.
var customers = []struct{ name, company, description string }{
	{"Marguerite Kessler", "Quarry Hill Laboratories", "Lab manager, two spectrometers under contract"},
	{"Anton Belyakov", "Seaglass Diagnostics", "Purchasing"},
	{"Lucia Ferrante", "Tamarack Water Authority", "Site engineer, prefers afternoons"},
	{"Winston Adeyemi", "Cobalt Ridge Mining", "Assay office"},
	{"Hyacinth Palmer", "Bluestem University", "Chemistry stores"},
	{"Ignatius Crowe", "Crowe & Daughters Freight", "Carrier for heavy instruments"},
	{"Rosalind Teague", "Fennel Foods", "Quality control"},
	{"Jorge Salcedo", "Palisade Pharma", "Validation lead"},
	{"Mei-Ling Zhao", "Harborlight Clinic", "Analyzer contract renews in spring"},
	{"Octavia Brandt", "Northfield Optics", "Supplier of gratings"},
	{"Percival Ashdown", "Ashdown Legal", "Outside counsel"},
	{"Simone Girard", "Lumen Staffing", "Temporary staff"},
	{"Caleb Wetherby", "Wetherby Farms", ""},
	{"Noor Rahman", "Delta Polymer", ""},
	{"Elspeth Munro", "Munro Calibration", ""},
	{"Gideon Pascal", "Pascal Brewing", ""},
	{"Tatiana Orlova", "Granite State Testing", ""},
	{"Benedict Osei", "Osei Consulting", ""},
	{"Lorraine Whitfield", "Whitfield Dental", ""},
	{"Hugo Baranski", "Baranski Metals", ""},
	{"Annika Solberg", "Solberg Marine", ""},
	{"Dorothea Finch", "Finch Conservation Trust", ""},
	{"Kwame Boateng", "Sunward Batteries", ""},
	{"Isolde Krämer", "Krämer Glas", ""},
	{"Ulysses Greer", "Greer Paper", ""},
	{"Francesca Donati", "Donati Ceramics", ""},
	{"Silas Everhart", "Everhart Schools", ""},
	{"Zainab Yusuf", "Riverbend Hospital", ""},
	{"Malcolm Trent", "Trent Paints", ""},
	{"Paloma Ibáñez", "Ibáñez Vineyards", ""},
	{"Rupert Langley", "Langley Aerospace", ""},
	{"Saoirse Brennan", "Brennan Biologics", ""},
	{"Otto Wexler", "Wexler Tools", ""},
	{"Genevieve Sharpe", "Sharpe Analytics", ""},
	{"Abel Montoya", "Mesa Environmental", ""},
	{"Cordelia Yates", "Yates Pharmacy", ""},
	{"Finnian Doyle", "Doyle Distillers", ""},
	{"Henrietta Blum", "Blum Cosmetics", ""},
	{"Jericho Stone", "Stone & Sons Quarries", ""},
	{"Katarzyna Nowak", "Vistula Chemicals", ""},
	{"Leander Frost", "Frost Refrigeration", ""},
	{"Minerva Cho", "Cho Semiconductor", ""},
	{"Nathaniel Boone", "Boone County Health", ""},
	{"Odette Lambert", "Lambert Perfumes", ""},
	{"Quentin Marsh", "Marsh Hydrology", ""},
	{"Rhiannon Vale", "Vale Textiles", ""},
	{"Sebastian Holt", "Holt Concrete", ""},
	{"Thandiwe Mokoena", "Highveld Minerals", ""},
}

var outsideAreas = []string{"206", "415", "646", "404", "214", "919", "602", "503", "720", "508", "773", "801"}
