"""The demo federation: people, sites and rooms, all invented.

The village codes have an unassigned township number (999), and no real mobile number begins with 100.
"""

from simulators.description import DemoCooperative, DemoFederation, DemoPerson, DemoSite, DemoVillage
from simulators.rooms import GUCHI, JIAOKOU, RENJIAZHUANG, ROOMS, STORE

NAME = "万宝山联合社演示"
SIGNATURE = "万宝山联合社演示"
TIMEZONE = "Asia/Shanghai"

DEMO = DemoFederation(
    name=NAME,
    signature=SIGNATURE,
    villages=(
        DemoVillage("交口村", "141182999201"),
        DemoVillage("古池村", "141182999202"),
        DemoVillage("任家庄村", "141182999203"),
    ),
    cooperatives=(
        DemoCooperative("交口种植合作社", "交口村"),
        DemoCooperative("交口食用菌合作社", "交口村"),
        DemoCooperative("古池蔬菜合作社", "古池村"),
        DemoCooperative("任家庄马铃薯合作社", "任家庄村"),
        DemoCooperative("任家庄红薯合作社", "任家庄村"),
    ),
    sites=(
        DemoSite(STORE, "交口村"),
        DemoSite(JIAOKOU, "交口村"),
        DemoSite(GUCHI, "古池村"),
        DemoSite(RENJIAZHUANG, "任家庄村"),
    ),
    rooms=ROOMS,
    people=(
        DemoPerson("管理员(演示)", "admin", "10000000001", "admin"),
        DemoPerson("王负责人(演示)", "manager", "10000000002", "manager"),
        DemoPerson(
            "任师傅(演示)", "keeper", "10000000003", "keeper", village="任家庄村", sites=(STORE, RENJIAZHUANG)
        ),
        DemoPerson("李师傅(演示)", "keeper", "10000000004", village="交口村", sites=(STORE, JIAOKOU)),
        DemoPerson("郭师傅(演示)", "keeper", "10000000005", village="古池村", sites=(STORE, GUCHI)),
        DemoPerson("张会计(演示)", "clerk", "10000000011", "clerk1", "交口种植合作社", "交口村"),
        DemoPerson("刘会计(演示)", "clerk", "10000000012", "clerk2", "交口食用菌合作社", "交口村"),
        DemoPerson("武会计(演示)", "clerk", "10000000013", "clerk3", "古池蔬菜合作社", "古池村"),
        DemoPerson("任会计(演示)", "clerk", "10000000014", "clerk4", "任家庄马铃薯合作社", "任家庄村"),
        DemoPerson("孟会计(演示)", "clerk", "10000000015", "clerk5", "任家庄红薯合作社", "任家庄村"),
        DemoPerson("赵技术员(演示)", "technician", "10000000021", "technician"),
    ),
    hasty={"1号库": 60, "3号库": 60},
)
