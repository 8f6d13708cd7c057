package ceremony

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

func TestGrants(t *testing.T) {
	for text, want := range map[string]*recordv1.Grant{
		"province:67:register,certify:01/07/2025":         {Level: recordv1.Level_LEVEL_PROVINCE, Territory: 67, Powers: 3, From: 20250701},
		"huyện:0660:all:1/1/2020:30/06/2025":              {Level: recordv1.Level_LEVEL_DISTRICT, Territory: 660, Powers: 127, From: 20200101, Until: 20250630},
		"Trung  ương:1:import, govern:2018-05-07":         {Level: recordv1.Level_LEVEL_MINISTRY, Territory: 1, Powers: 48, From: 20180507},
		"xa\u0303:24700:revoke,correct,REVOKE:01/01/20":   nil,
		"xa\u0303:24700:revoke,correct,REVOKE:01/01/2020": {Level: recordv1.Level_LEVEL_COMMUNE, Territory: 24700, Powers: 12, From: 20200101},
		"":                                   nil,
		"province:67:all":                    nil,
		"province:67:all:01/01/2020:a:b":     nil,
		"province:0:all:01/01/2020":          nil,
		"province:-1:all:01/01/2020":         nil,
		"province:4294967296:all:01/01/2020": nil,
		"province:67::01/01/2020":            nil,
		"province:67:trade:01/01/2020":       nil,
		"province:67:all:29/02/2021":         nil,
		"province:67:all:01/01/2020:":        nil,
		"city:67:all:01/01/2020":             nil,
	} {
		got, err := ParseGrant(text)
		if want == nil {
			if err == nil {
				t.Errorf("%q is taken: %v", text, got)
			} else if lang.Say(lang.Vietnamese, err) == lang.Say(lang.English, err) {
				t.Errorf("%q: %v in both languages", text, err)
			}
			continue
		}
		if err != nil || !proto.Equal(got, want) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}

func TestTerritories(t *testing.T) {
	want := []*recordv1.Territory{
		{Code: 1, Level: recordv1.Level_LEVEL_MINISTRY, Name: "Việt Nam"},
		{Code: 67, Level: recordv1.Level_LEVEL_PROVINCE, Parent: 1, Name: "Đắk Nông", From: 20040101},
		{Code: 660, Level: recordv1.Level_LEVEL_DISTRICT, Parent: 67, Name: "Gia Nghĩa", From: 20200101, Until: 20250630},
	}
	const nfd = "Vie\u0323\u0302t  Nam "
	for name, text := range map[string]string{
		"a.csv":           "code,level,parent,name,from,until\n1,ministry,,Việt Nam,,\n67,province,1,Đắk Nông,01/01/2004,\n660,district,67,Gia Nghĩa,01/01/2020,30/06/2025\n",
		"spreadsheet.CSV": "\ufeffName;Level;Code;From;Until;Parent\r\n" + nfd + ";trung ương;01;;;\r\n;;;;;\r\nĐắk Nông;tỉnh;67;1/1/2004;;01\r\n\"Gia Nghĩa\";huyện;660;01/01/2020;30/06/2025;67\r\n",
		"few.csv":         "name,code,level,parent,from,until\nViệt Nam,1,ministry\nĐắk Nông,67,province,1,01/01/2004\nGia Nghĩa,660,district,67,01/01/2020,30/06/2025",
		"a.yaml":          "- {code: 1, level: ministry, name: Việt Nam}\n- code: 67\n  level: tỉnh\n  parent: 1\n  name: Đắk Nông\n  from: 2004-01-01\n  until:\n- {code: \"0660\", level: huyện, parent: 67, name: Gia Nghĩa, from: 01/01/2020, until: 30/06/2025}\n",
	} {
		got, err := ParseTerritories(name, []byte(text))
		if err != nil || len(got) != len(want) {
			t.Errorf("%s: %v, %v", name, got, err)
			continue
		}
		for i := range want {
			if !proto.Equal(got[i], want[i]) {
				t.Errorf("%s: %v, want %v", name, got[i], want[i])
			}
		}
	}
}

// TestBadTerritories: all that is wrong with a file is said, each with its line.
func TestBadTerritories(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"empty.csv", "", "empty.csv: no territories"},
		{"head.csv", "code,level,name\n", "head.csv: no territories"},
		{"column.csv", "code,level,name,size\n", `column.csv:1: column "size" is unknown`},
		{"twice.csv", "code,level,name,code\n", `twice.csv:1: column "code" is unknown or stands twice`},
		{"missing.csv", "code,name\n", "missing.csv:1: column level is missing"},
		{"quote.csv", "code,level,name\n1,ministry,\"Việt\"Nam\n", "quote.csv:2: "},
		{"more.csv", "code,level,name\n1,ministry,Việt Nam,x\n", `more.csv:2: superfluous cell "x"`},
		{"all.csv", "code,level,name,parent,from,until\nx,city,,y,z,30/02/2020\n\n1,ministry,a\n1,ministry,b\n", "all.csv:2: code: \"x\" is not the code of a territory\nall.csv:2: level: \"city\" is no level: commune, district, province, ministry\n" +
			"all.csv:2: name: no name\nall.csv:2: parent: \"y\" is not the code of a territory\nall.csv:2: from: \"z\" is not a date dd/mm/yyyy\n" +
			"all.csv:2: until: \"30/02/2020\" is not a date dd/mm/yyyy\nall.csv:5: code 1 stands in line 4 already"},
		{"empty.yaml", "", "empty.yaml: no territories"},
		{"map.yaml", "code: 1\n", "map.yaml:1: want a list"},
		{"text.yaml", "- code\n", "text.yaml:1: want the keys code, level, parent, name, from, until"},
		{"key.yaml", "- code: 1\n  level: ministry\n  nmae: Việt Nam\n", `key.yaml:3: key "nmae" is unknown`},
		{"twice.yaml", "- code: 1\n  code: 2\n", `twice.yaml:2: key "code" is unknown or stands twice`},
		{"list.yaml", "- code: [1]\n", "list.yaml:1: code: want one value"},
		{"broken.yaml", "- code: {\n", "broken.yaml: "},
		{"alias.yaml", "- &a {code: 1, level: ministry, name: *a}\n", "alias.yaml"},
	} {
		list, err := ParseTerritories(c.name, []byte(c.text))
		var problems *Problems
		if !errors.As(err, &problems) || list != nil {
			t.Errorf("%s: %v, %v", c.name, list, err)
			continue
		}
		if !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s:\n%v\nwant\n%s", c.name, err, c.want)
		}
	}
}

func FuzzTerritories(f *testing.F) {
	f.Add("a.csv", []byte("code,level,parent,name,from,until\n1,ministry,,Việt Nam,,\n"))
	f.Add("a.yaml", []byte("- {code: 1, level: ministry, name: Việt Nam, from: 01/01/2020}\n- &x [*x]"))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		list, err := ParseTerritories(name, data)
		for _, territory := range list {
			if territory.Code == 0 || territory.Name == "" || territory.Level == 0 {
				t.Errorf("%v is taken", territory)
			}
		}
		if (err == nil) != (len(list) > 0) {
			t.Errorf("%v and %v", list, err)
		}
	})
}

// TestTheManualsTerritories: the example that the help gives can be read.
func TestTheManualsTerritories(t *testing.T) {
	for _, language := range []string{"vi", "en"} {
		help, err := os.ReadFile(filepath.Join("..", "..", "testdata", "help."+language+".txt"))
		if err != nil {
			t.Fatal(err)
		}
		_, example, _ := strings.Cut(string(help), "  67,")
		line, _, _ := strings.Cut(example, "\n")
		list, err := ParseTerritories("help.csv", []byte("code,level,parent,name,from,until\n67,"+line+"\n"))
		if err != nil || list[0].Name != "Đắk Nông" || list[0].From == 0 {
			t.Errorf("%s: %v, %v", language, list, err)
		}
	}
}
