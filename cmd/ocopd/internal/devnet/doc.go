// Package devnet makes a whole network of real nodes in one directory: every agency with its own keys, configuration, data and ports on 127.0.0.1,
// joined by the same ceremony as anywhere else. Only the people's keys lie side by side here, opened by one password that lies beside them.
//
//	genesis            what all nodes begin with
//	nodes/N-HANDLE/    a node's directory: config.yaml, keys, data
//	people/            keystores of officers, producers and traders, and the password
//	documents/         the sample Decisions' PDF files
//	records/           the sample's signed records
package devnet
