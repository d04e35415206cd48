"""The reasons why a message or a value is rejected: stable words for programs, and a sentence for
technicians. The words are stored and counted, so they are never renamed."""

REASONS: dict[str, str] = {
    # about a whole message
    "not_json": "内容不是JSON，读不懂。请检查设备的发送格式。",
    "not_object": "内容不是一组带名字的数。请检查设备的发送格式。",
    "not_protobuf": "内容不是Sparkplug B，读不懂。请检查网关的发送格式。",
    "bad_encoding": "文字编码不对，请让设备改用UTF-8。",
    "too_deep": "内容套得太深，没有去读。请检查设备的发送格式。",
    "nothing_known": "里面没有认识的指标。请对照设备说明改名字，比如temperature。",
    "no_device": "主题里没有设备名。请在主题里写上设备名。",
    "unknown_topic": "这个主题没有哪一种设备用。请检查设备的主题，或者给它建一条规则。",
    "bad_topic": "主题太长，或者不是UTF-8。请改设备的主题。",
    "too_large": "一条消息太大，没有去读。请让设备分开发。",
    "too_many": "设备或者探头的名字太多，新的不再记。请看是不是有设备每次换名字。",
    "needs_codec": "设备的数没有解开。请在网关上给它配编解码器(codec)，或者给它建一条规则。",
    "needs_meaning": "只有一个数，不知道是什么。等设备报了说明就认得；不报的请给它建一条规则。",
    "needs_map": "是一串原始的Modbus字节，不知道每个寄存器是什么。请给它建一条规则，选寄存器表。",
    "needs_rule": "不是JSON，不知道哪个数是什么。请给它建一条规则。",
    "bad_frame": "不是完整的Modbus应答，或者校验不对。请检查规则和串口设置。",
    "decoder_failed": "程序读这条消息时出错。请把这条消息发给开发人员。",
    "invalid_value": "里面有的数不能用，其余的数已经收下。请看后面的说明。",
    # about a message or a value in it
    "bad_time": "时间读不懂。请用ISO 8601，或者1970年以来的秒数、毫秒数。",
    "unknown_unit": "单位不认识，数没有用。请检查设备的单位设置。",
    "wrong_type": "这个数的类型不对，该是一个数。",
    "wrong_value": "这个词不认识。请对照设备说明。",
    "not_a_number": "这个数读不成数字。请检查设备的发送格式。",
    "not_finite": "这个数是NaN或无穷大，探头可能坏了。",
    "null": "探头没给出数，可能断线或坏了。请去看探头和接线。",
    "error_code": "设备报的是故障码，不是数。请对照设备说明书查故障。",
}
"""Reason -> Chinese sentence with the remedy (source text of the catalogue)."""
