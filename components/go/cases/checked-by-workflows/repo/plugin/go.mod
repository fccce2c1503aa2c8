module example.com/checked/plugin

go 1.26

require example.com/checked v0.0.0

replace example.com/checked => ../
