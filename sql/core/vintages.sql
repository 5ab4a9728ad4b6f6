-- Every publisher's editions, one below the other.
select vintage_id, publisher, label, known_on, known_on_rule, note from source_bis_vintages
union all
select vintage_id, publisher, label, known_on, known_on_rule, note from source_cbc_vintages
union all
select vintage_id, publisher, label, known_on, known_on_rule, note from source_ewn_vintages
union all
select vintage_id, publisher, label, known_on, known_on_rule, note from source_gad_vintages
union all
select vintage_id, publisher, label, known_on, known_on_rule, note from source_imf_vintages
union all
select vintage_id, publisher, label, known_on, known_on_rule, note from source_rta_vintages
union all
select vintage_id, publisher, label, known_on, known_on_rule, note from source_trade_press_vintages
union all
select vintage_id, publisher, label, known_on, known_on_rule, note from source_weo_vintages
union all
select vintage_id, publisher, label, known_on, known_on_rule, note from source_world_bank_vintages
union all
select vintage_id, publisher, label, known_on, known_on_rule, note from source_wto_vintages
