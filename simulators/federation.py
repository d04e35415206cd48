"""The demo federation: who and where. Made up throughout, and plainly so.

The village codes have a township number (999) that is not given out, and no mobile number begins
with 100.
"""

from simulators.description import Cooperative, Federation, Person, Site, Village
from simulators.rooms import GUCHI, JIAOKOU, RENJIAZHUANG, ROOMS, STORE

NAME = "万宝山联合社演示"
SIGNATURE = "万宝山联合社演示"
TIMEZONE = "Asia/Shanghai"

DEMO = Federation(
    name=NAME,
    signature=SIGNATURE,
    villages=(
        Village("交口村", "141182999201"),
        Village("古池村", "141182999202"),
        Village("任家庄村", "141182999203"),
    ),
    cooperatives=(
        Cooperative("交口种植合作社", "交口村"),
        Cooperative("交口食用菌合作社", "交口村"),
        Cooperative("古池蔬菜合作社", "古池村"),
        Cooperative("任家庄马铃薯合作社", "任家庄村"),
        Cooperative("任家庄红薯合作社", "任家庄村"),
    ),
    sites=(
        Site(STORE, "交口村"),
        Site(JIAOKOU, "交口村"),
        Site(GUCHI, "古池村"),
        Site(RENJIAZHUANG, "任家庄村"),
    ),
    rooms=ROOMS,
    people=(
        Person("管理员(演示)", "admin", "10000000001", "admin"),
        Person("王负责人(演示)", "manager", "10000000002", "manager"),
        Person(
            "任师傅(演示)", "keeper", "10000000003", "keeper", village="任家庄村", sites=(STORE, RENJIAZHUANG)
        ),
        Person("李师傅(演示)", "keeper", "10000000004", village="交口村", sites=(STORE, JIAOKOU)),
        Person("郭师傅(演示)", "keeper", "10000000005", village="古池村", sites=(STORE, GUCHI)),
        Person("张会计(演示)", "clerk", "10000000011", "clerk1", "交口种植合作社", "交口村"),
        Person("刘会计(演示)", "clerk", "10000000012", "clerk2", "交口食用菌合作社", "交口村"),
        Person("武会计(演示)", "clerk", "10000000013", "clerk3", "古池蔬菜合作社", "古池村"),
        Person("任会计(演示)", "clerk", "10000000014", "clerk4", "任家庄马铃薯合作社", "任家庄村"),
        Person("孟会计(演示)", "clerk", "10000000015", "clerk5", "任家庄红薯合作社", "任家庄村"),
        Person("赵技术员(演示)", "technician", "10000000021", "technician"),
    ),
    hasty={"1号库": 60, "3号库": 60},
)
